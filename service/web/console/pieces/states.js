// What a piece is at present, in words of the hub.

import { element } from "../../shared/dom.js";
import { ANY, say } from "../../shared/words.js";
import { named } from "../named.js";

export const STATES = {
  passed: "hub.state_passed",
  pending: "hub.state_pending",
  accepted: "hub.state_accepted",
  rework: "hub.state_rework",
  rejected: "hub.state_rejected",
  retake: "hub.state_retake",
};

const MARKS = { passed: "✓", pending: "…", accepted: "✓", rework: "↺", rejected: "✕", retake: "◎" };

/** Its word behind a mark, so that it is told by more than its colour. */
export const stateMark = (status, words = say(STATES[status] ?? "hub.state")) =>
  element("span", { class: `state-mark ${status}` }, element("span", { "aria-hidden": "true" }, `${MARKS[status] ?? ""} `), words);

/** A class of defects as the hub names it; what is of no class is told in words. */
export const kindOf = (defect) => (defect === ANY ? say("hub.of_no_kind") : named("defect", defect));
