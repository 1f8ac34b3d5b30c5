// The table of keys, made of the same list that the page listens by.

import { element } from "../../shared/dom.js";
import { showDialog, small } from "../section.js";
import { KEYS, singleKeys, useSingleKeys } from "./keys.js";

const WORDS = {
  title: "Keys",
  single: "Single keys: a letter, digit or sign alone does something",
  off: "While they are off, use the buttons. This is kept in this browser.",
  close: "Close",
};

export function showHelp() {
  const box = element("input", { type: "checkbox", id: "single-keys" });
  box.checked = singleKeys();
  box.addEventListener("change", () => useSingleKeys(box.checked));
  const groups = [...new Set(KEYS.map(({ group }) => group))];
  const dialog = element("dialog", { class: "keys-help", "aria-labelledby": "keys-title" });
  dialog.append(
    element("h2", { id: "keys-title" }, WORDS.title),
    element("label", { class: "check" }, box, WORDS.single),
    element("p", { class: "quiet" }, WORDS.off),
    element("div", { class: "keys-groups" }, groups.map(groupOf)),
    element("div", { class: "dialog-buttons" }, small(WORDS.close, () => dialog.close(), { autofocus: true })),
  );
  return showDialog(dialog);
}

function groupOf(group) {
  const rows = KEYS.filter((one) => one.group === group).map(({ keys, shown, words }) =>
    element("div", {}, element("dt", {}, element("kbd", {}, shown ?? keys[0].toUpperCase())), element("dd", {}, words)),
  );
  return element("section", {}, element("h3", {}, group), element("dl", {}, rows));
}
