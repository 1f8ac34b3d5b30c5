// Words of a corrective action that several pages say: what it is of, where it stands.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";

export const titleOf = ({ defect, microfactory }, house) =>
  say("hub.action_of", { defect: say(`defect.${defect}`, {}, defect), workshop: house.workshops.get(microfactory)?.name ?? microfactory });

/** Steps that were not undone, the first one first. */
export const counting = ({ steps }) => steps.filter(({ undone, step }) => !undone && step !== "undone");

export const lastTaken = (action) => counting(action).at(-1);

/** What is closed is closed for a reason. */
export function courseMark(action) {
  const { state } = action;
  const words = state === "closed" ? say(`hub.took.${lastTaken(action).step}`) : say(`hub.course.${state}`);
  return element("span", { class: `state-mark course-${state}` }, words);
}
