// What the workshop is told most often: chosen here, read there in its own language.

import { element } from "../../shared/dom.js";
import { namesOf, say } from "../../shared/words.js";

export const MOST = 5;

export const saidPhrases = ({ phrases }) => (phrases ?? []).map((key) => say(`phrase.${key}`, {}, key));

/** Buttons of every phrase; the chosen ones go with the review. */
export function phraseChips(draft, redraw) {
  const chips = namesOf("phrase").map((key) => {
    const on = draft.phrases.includes(key);
    const onclick = () => {
      draft.phrases = on ? draft.phrases.filter((one) => one !== key) : [...draft.phrases, key];
      redraw(`[data-phrase="${key}"]`);
    };
    return element(
      "button",
      {
        class: "button",
        type: "button",
        "data-phrase": key,
        "aria-pressed": String(on),
        disabled: !on && draft.phrases.length >= MOST,
        onclick,
      },
      say(`phrase.${key}`),
    );
  });
  return element(
    "div",
    {},
    element("p", { class: "quiet" }, say("hub.tell_workshop")),
    element("div", { class: "chips phrases", role: "group", "aria-label": say("hub.phrases") }, chips),
  );
}
