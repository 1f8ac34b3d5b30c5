// A short list of which one is taken by its letter, or by a click. Escape takes none.

import { element } from "../../shared/dom.js";
import { showDialog } from "../section.js";
import { lettered } from "./keys.js";

/**
 * @param {string} title
 * @param {{name: string, words: string, key?: string, on?: boolean}[]} choices  `key` where it is not to be made
 * @returns {Promise<string|null>} the name that was taken
 */
export async function taken(title, choices) {
  let chosen;
  // Told as it is taken, not once the dialog is away: the next key may follow at once.
  const told = new Promise((resolve) => (chosen = resolve));
  const letters = lettered(choices.map(({ words }) => words));
  const dialog = element("dialog", { class: "menu", "aria-labelledby": "menu-title" });
  const take = (name) => {
    dialog.close();
    chosen(name);
  };
  const keyed = choices.map((one) => ({ ...one, key: one.key ?? letters.get(one.words) }));
  const buttons = keyed.map(({ name, words, key, on }) =>
    element(
      "button",
      { class: "button small", type: "button", "aria-pressed": on === undefined ? null : String(on), onclick: () => take(name) },
      element("kbd", {}, key?.toUpperCase()),
      element("span", {}, words),
    ),
  );
  dialog.append(element("h2", { id: "menu-title" }, title), element("div", { class: "menu-choices" }, buttons));
  dialog.addEventListener("keydown", (event) => {
    const one = keyed.find(({ key }) => key && key === event.key.toLowerCase());
    if (!one || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    event.preventDefault();
    event.stopPropagation(); // the same key means something else to the page, where no menu is open any more
    take(one.name);
  });
  showDialog(dialog).then(() => chosen(null));
  return told;
}
