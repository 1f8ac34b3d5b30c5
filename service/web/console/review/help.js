// The table of keys, made of the same list that the page listens by.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { showDialog, small } from "../section.js";
import { KEYS, singleKeys, useSingleKeys } from "./keys.js";

export function showHelp() {
  const box = element("input", { type: "checkbox", id: "single-keys" });
  box.checked = singleKeys();
  box.addEventListener("change", () => useSingleKeys(box.checked));
  const groups = [...new Set(KEYS.map(({ group }) => group))];
  const dialog = element("dialog", { class: "keys-help", "aria-labelledby": "keys-title" });
  dialog.append(
    element("h2", { id: "keys-title" }, say("hub.keys")),
    element("label", { class: "check" }, box, say("hub.single_keys")),
    element("p", { class: "quiet" }, say("hub.single_keys_off")),
    element("div", { class: "keys-groups" }, groups.map(groupOf)),
    element("div", { class: "dialog-buttons" }, small(say("hub.close"), () => dialog.close(), { autofocus: true })),
  );
  return showDialog(dialog);
}

function groupOf(group) {
  const rows = KEYS.filter((one) => one.group === group).map(({ keys, shown, words }) =>
    element("div", {}, element("dt", {}, element("kbd", {}, say(shown ?? keys[0].toUpperCase()))), element("dd", {}, say(words))),
  );
  return element("section", {}, element("h3", {}, say(group)), element("dl", {}, rows));
}
