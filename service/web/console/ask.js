// A question before something that one click would take from somebody. Cancel has the focus: a key pressed twice,
// or a click that slipped, changes nothing.

import { element } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { showDialog, small } from "./section.js";

/**
 * @param {{title: string, whom: string, where?: string, about: string, act: string}} question  whom it hits, and what
 *   tells them from others of that name; what follows; the words on the button that does it
 * @returns {Promise<boolean>} whether the person goes on
 */
export async function asked({ title, whom, where = "", about, act }) {
  let on = false;
  const dialog = element("dialog", { role: "alertdialog", class: "ask", "aria-labelledby": "ask-title", "aria-describedby": "ask-about" });
  const go = () => {
    on = true;
    dialog.close();
  };
  dialog.append(
    element("h2", { id: "ask-title" }, title),
    element(
      "div",
      { id: "ask-about" },
      element("p", { class: "whom" }, element("strong", {}, whom), where && element("span", { class: "quiet" }, where)),
      element("p", {}, about),
    ),
    element(
      "div",
      { class: "dialog-buttons" },
      small(say("hub.cancel"), () => dialog.close(), { autofocus: true }),
      small(act, go, { class: "button small danger filled" }),
    ),
  );
  await showDialog(dialog);
  return on;
}
