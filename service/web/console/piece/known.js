// For who keeps designs: a decided piece of which it is known for certain what is right. Reviewers are dealt it unseen.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { waitingAppeal } from "./appeal.js";

const KEEPERS = new Set(["engineer", "admin"]);

/** A quiet line in the panel. */
export function knownSection(inspection, { me }, api, failed) {
  const { review } = inspection;
  if (!review || waitingAppeal(inspection) || !KEEPERS.has(me?.role)) return "";
  const said = element("span", { role: "status" });
  const onclick = async () => {
    const defects = [...new Set((review.defects ?? []).map(({ defect }) => defect))];
    try {
      await api.put(`/v1/known/${inspection.id}`, { disposition: review.disposition, defects });
      said.textContent = say("hub.known.marked");
    } catch (error) {
      said.textContent = failed(error);
    }
  };
  const button = element("button", { type: "button", id: "mark-known", title: say("hub.known.about"), onclick }, say("hub.known.mark"));
  return element("section", { class: "leaves" }, button, " ", said);
}
