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

export const stateMark = (status) => element("span", { class: `state-mark ${status}` }, say(STATES[status] ?? "hub.state"));

/** A class of defects as the hub names it; what is of no class is told in words. */
export const kindOf = (defect) => (defect === ANY ? say("hub.of_no_kind") : named("defect", defect));
