// A drawing and a sentence or two: how to take a better photo, and how to avoid or mend each kind of defect.

import { element, svg } from "../shared/dom.js";
import { say } from "../shared/words.js";

export function drawing(name, className = "") {
  const use = svg("use", { href: `#${name}` });
  return svg("svg", { class: `drawing ${className}`, viewBox: "0 0 64 48", "aria-hidden": "true" }, use);
}

/** What to do so that the photo can be judged: a drawing and about four words. */
export function instruction(fault) {
  return element(
    "div",
    { class: "instruction" },
    drawing(`fix-${fault}`),
    element("strong", {}, say(`fix.${fault}`, {}, fault)),
  );
}

/** How to avoid or mend a defect; null for a class that has no tip yet. */
export function tip(defect) {
  const words = say(`tip.${defect}`, {}, "");
  if (!words) return null;
  return element("div", { class: "tip" }, drawing(`tip-${defect}`), element("p", {}, words));
}
