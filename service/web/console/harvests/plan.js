// What is in a harvest, or would be, in numbers; and what is not, each with its reason in words.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { kindOf } from "../pieces/states.js";
import { facts } from "../page.js";

const MOST_NAMED = 6;

/** @param {{counts: object, left_out: object, bytes: number}} found */
export function plan({ counts, left_out: left, bytes }, house) {
  if (counts.photos === 0) return [element("p", {}, say("hub.harvest.nothing")), leftOut(left, house)];
  const design = (id) => house.designs.get(id)?.name ?? id;
  return [
    facts(
      [say("hub.pieces"), sayNumber(counts.pieces)],
      [say("hub.harvest.photos"), sayNumber(counts.photos)],
      [say("hub.harvest.size"), megabytes(bytes)],
      [say("hub.harvest.unlabelled"), counts.unlabelled ? sayNumber(counts.unlabelled) : ""],
    ),
    element(
      "div",
      { class: "harvest-tables" },
      bars(say("hub.harvest.classes"), say("hub.harvest.photos"), [...Object.entries(counts.defects).map(([name, count]) => [kindOf(name), count]), [say("hub.harvest.clean"), counts.clean]]),
      bars(say("hub.design"), say("hub.pieces"), Object.entries(counts.pieces_of_designs).map(([id, count]) => [design(id), count])),
      bars(say("hub.harvest.split"), say("hub.pieces"), Object.entries(counts.pieces_of_splits)),
    ),
    leftOut(left, house),
  ];
}

export const megabytes = (bytes) => (bytes < 1e6 ? `${sayNumber(Math.ceil(bytes / 1e3))} KB` : `${sayNumber(Math.round(bytes / 1e5) / 10)} MB`);

function bars(title, unit, rows) {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const lines = rows.sort((one, other) => other[1] - one[1]).map(([name, count]) => {
    const bar = element("span", { class: "harvest-bar" });
    bar.style.inlineSize = `${(6 * count) / most}rem`;
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, element("span", { class: "harvest-count" }, sayNumber(count), bar)));
  });
  const heads = [title, unit].map((words) => element("th", { scope: "col" }, words));
  return element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, lines));
}

/** Nothing is left out without a word. */
function leftOut(left, house) {
  const named = (answer) => {
    const theirs = Object.entries(left.no_consent).filter(([, one]) => one.answer === answer).sort(([, one], [, other]) => other.pieces - one.pieces);
    const names = theirs.slice(0, MOST_NAMED).map(([code, { pieces }]) => `${house.workshops.get(code)?.name ?? code} (${sayNumber(pieces)})`);
    const others = theirs.slice(MOST_NAMED);
    if (others.length) names.push(say("hub.left.others", { count: others.length, pieces: others.reduce((sum, [, one]) => sum + one.pieces, 0) }));
    return names.join(", ");
  };
  const counted = ["pieces_with_faces", "pieces_in_dispute", "pieces_not_asked_for", "pieces_beyond_most", "photos_not_kept", "photos_too_poor"];
  const lines = [
    named("no") && say("hub.left.refused", { workshops: named("no") }),
    named(null) && say("hub.left.no_answer", { workshops: named(null) }),
    ...counted.map((name) => left[name] > 0 && say(`hub.left.${name}`, { count: left[name] })),
  ].filter(Boolean);
  return element(
    "div",
    { class: "harvest-left" },
    element("h4", {}, say("hub.harvest.left_out")),
    lines.length ? element("ul", {}, lines.map((line) => element("li", {}, line))) : element("p", { class: "quiet" }, say("hub.harvest.left_none")),
  );
}
