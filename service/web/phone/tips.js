// A drawing and a sentence or two: how to take a better photo, and how to avoid or mend each kind of defect.

import { element, svg } from "../shared/dom.js";
import { ANY, say } from "../shared/words.js";

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

/** What it is called; "unlike the sample" only where it was held beside one. */
export const nameOf = (defect, beside = false) =>
  beside && defect === ANY ? say("beside.any") : say(`defect.${defect}`, {}, defect);

/** How to avoid or mend a defect in her material; null for a class that has no tip yet. */
export function tip(defect, material, beside = false) {
  const words = beside && defect === ANY ? say("beside.any.more") : tipOf(defect, material);
  if (!words) return null;
  return element("div", { class: "tip" }, drawing(`tip-${defect}`), element("p", {}, words));
}

/** Without a material, or where one tip is good for all, the general one. */
const tipOf = (defect, material) => say(`tip.${defect}.${material}`, {}, say(`tip.${defect}`, {}, ""));
