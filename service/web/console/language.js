// The console's other language, by a button: the page is loaded anew in it, so that no part of it speaks the first one.

import { language, say, useLanguage } from "../shared/words.js";
import { asked } from "./ask.js";

const NAMES = { en: "English", sw: "Kiswahili" };

/** @param {() => boolean} begun  whether something was noted that would be lost */
export function offerLanguage(button, begun) {
  const other = language() === "sw" ? "en" : "sw";
  Object.assign(button, { textContent: NAMES[other], lang: other });
  button.addEventListener("click", async () => {
    const question = { title: say("hub.language_question"), about: say("hub.language_about"), act: say("hub.language_change") };
    if (begun() && !(await asked({ ...question, whom: NAMES[other] }))) return;
    useLanguage(other, { keep: true });
    location.reload();
  });
}
