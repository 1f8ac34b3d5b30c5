// What another person decided on the piece in view: as a section of the panel, and where it came in meanwhile as a
// question, which stands in the place of the decisions until it is answered.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { sayAgo } from "../ago.js";
import { named } from "../named.js";
import { waitingAppeal } from "./appeal.js";
import { saidPhrases } from "./phrases.js";

const DID = { accept: "hub.accepted_by", rework: "hub.rework_by", reject: "hub.rejected_by" };

/** "Wanjiku rejected it". */
export const didWhat = ({ reviewer, disposition }) => say(DID[disposition], { by: reviewer });

/** The review that counts and was seen, in the panel; where the workshop contests it, that section tells of it. */
export function decidedSection(inspection, { seen }) {
  const { review } = inspection;
  if (review?.id !== seen || !review || waitingAppeal(inspection)) return "";
  return element(
    "section",
    { class: `decided was-${review.disposition}` },
    element("h3", {}, `${didWhat(review)}, ${sayTime(review.at)}`),
    ...saidOf(review),
  );
}

/**
 * The question.
 * @param {string|null} wanted  the decision that was not recorded, null where none was tried
 * @param {{onKeep: () => void, onAgain: () => void}} ways
 */
export function meanwhile(review, wanted, { onKeep, onAgain }) {
  const lost = wanted ? say(`hub.lost.${wanted}`) : say("hub.open_as_before");
  return [
    element("h3", {}, `${didWhat(review)} ${sayAgo(review.at)}`),
    ...saidOf(review),
    element("p", { class: "quiet" }, `${lost} ${say("hub.noted_is_here")}`),
    element(
      "div",
      { class: "meanwhile-ways" },
      element("button", { class: "button main", type: "button", id: "keep-theirs", onclick: onKeep }, say("hub.keep_decision")),
      element("button", { class: "button", type: "button", onclick: onAgain }, say("hub.decide_again")),
    ),
  ];
}

function saidOf(review) {
  const { note, defects, variance } = review;
  const found = defects && [...new Set(defects.map(({ defect }) => named("defect", defect)))].join(", ");
  const marks = [
    defects && (found ? say("hub.found_defects", { found }) : say("hub.found_none")),
    variance && say("hub.variance_is", { level: variance, words: say(`variance.${variance}`) }),
  ].filter(Boolean);
  return [
    ...saidPhrases(review).map((phrase) => element("blockquote", {}, phrase)),
    note && element("blockquote", {}, note),
    marks.length > 0 && element("p", { class: "quiet" }, marks.join(" · ")),
  ].filter(Boolean);
}
