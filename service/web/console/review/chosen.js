// The defects of a review as a list: how severe each is, where it is, and the way back from every step.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { named } from "../named.js";
import { SEVERITIES } from "./draft.js";

/** For each chosen defect its severity, its place, and a way to be rid of it. */
export function chosenList({ photos }, draft, { onPlace, onReview, onRemove }) {
  const rows = draft.defects.map((one, at) => {
    const defect = named("defect", one.defect);
    const options = SEVERITIES.map((severity) =>
      element("option", { value: severity, selected: severity === one.severity }, named("severity", severity)),
    );
    const select = element("select", { class: "field", "aria-label": say("hub.severity_of", { defect }) }, options);
    select.addEventListener("change", () => {
      draft.change(at, { severity: select.value });
      find("#checked").checked = true;
      onReview();
    });
    const where = photos.length > 1 ? say("hub.defect_on_photo", { defect, number: one.photo + 1 }) : defect;
    const act = (words, label, onclick) =>
      element("button", { class: "button small", type: "button", "aria-label": say(label, { defect: where }), onclick }, words);
    return element(
      "li",
      { "aria-current": at === draft.chosen ? "true" : null },
      element("span", {}, where),
      one.box
        ? act(say(one.mask ? "hub.region" : "hub.box"), one.mask ? "hub.region_of" : "hub.box_of", () => onPlace(at))
        : act(say("hub.put"), "hub.put_defect", () => onPlace(at)),
      act("×", "hub.remove_defect", () => onRemove(at)),
      select,
    );
  });
  return rows.length ? element("ul", { class: "chosen" }, rows) : "";
}

/** A step back, and a step forward. */
export function stepsLine({ past, future }, { onStep }) {
  const step = (words, way, of) =>
    element("button", { class: "button small", type: "button", disabled: of.length === 0, onclick: () => onStep(way) }, words);
  return element("div", { class: "steps" }, step(say("hub.undo"), "undo", past), step(say("hub.redo"), "redo", future));
}
