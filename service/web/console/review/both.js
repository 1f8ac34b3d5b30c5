// Beside the decision: that she sees a piece without what was said of it, who was not sure of it, and what two said.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { named } from "../named.js";
import { saidPhrases } from "../piece/phrases.js";

const SAID = { accept: () => say("hub.said.accept"), rework: () => say("hub.said.rework"), reject: () => say("hub.said.reject") };

/** Nodes; none of most pieces. */
export function bothSaid({ veiled, waits, review }) {
  const lines = [];
  if (veiled) lines.push(element("p", { class: "notice" }, say("hub.veiled")));
  for (const { by, note, at } of waits?.handed ?? []) {
    lines.push(element("p", { class: "notice" }, say("hub.handed.by", { name: by, time: sayTime(at) }), note && ` “${note}”`));
  }
  if (waits?.second) {
    const said = [review, waits.second].map((one) => element("li", {}, element("strong", {}, one.reviewer), `: ${saidBy(one)}`));
    lines.push(element("div", { class: "notice" }, say("hub.disagreed"), element("ul", {}, said)));
  }
  return lines;
}

function saidBy(one) {
  const defects = one.defects?.map(({ defect }) => named("defect", defect)) ?? [];
  return [SAID[one.disposition](), ...defects, ...saidPhrases(one), one.note].filter(Boolean).join(", ");
}
