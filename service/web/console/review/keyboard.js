// What a key does on the review page, and when none does anything: in a field, behind a question, or switched off.

import { find } from "../../shared/dom.js";
import { entryOf, KEYS, nameOf, singleKeys } from "./keys.js";

const TYPING = "textarea, select, input:not([type=checkbox], [type=range])";
const OF_A_SLIDER = /^arrow|^home$|^end$/;

/**
 * @param {Record<string, (name: string, down: boolean) => unknown>} acts  by the names of keys.js; false where there
 *   was nothing to do, so that the browser goes on
 */
export function listenToKeys(acts) {
  const missing = KEYS.filter(({ act }) => !(act in acts)).map(({ act }) => act);
  if (missing.length) throw new Error(`keys without an act: ${missing.join(", ")}`);
  addEventListener("keydown", (event) => {
    const entry = wanted(event);
    if (!entry || (event.repeat && !entry.repeats)) return;
    if (acts[entry.act](nameOf(event), true) !== false) event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    const entry = entryOf(nameOf(event));
    if (entry?.hold) acts[entry.act](nameOf(event), false);
  });
}

function wanted(event) {
  if (find("#flagged").hidden || find("dialog[open]")) return null; // meant for a question, not for what is behind it
  const { target } = event;
  if (target.matches?.(TYPING)) {
    if (event.key === "Escape") target.blur();
    return null;
  }
  const name = nameOf(event);
  if (target.matches?.("[type=range], audio") && OF_A_SLIDER.test(name)) return null;
  const entry = entryOf(name);
  return entry && (entry.plain || singleKeys()) ? entry : null;
}
