// My workshop: how many of its pieces passed the first time, what that says, what was flagged most and what helps.
// Its own numbers and nobody else's.

import { element, icon, svg } from "../shared/dom.js";
import { language, say, sayCount, sayDay, sayTime } from "../shared/words.js";
import { tip } from "./tips.js";

const MOST_SHOWN = 3;

/**
 * @param {{summary: object|null, pieces: {waiting: number, sent: number}}} state  summary: GET
 *   /v1/microfactories/{id}/summary, with fetched_at where it is an older copy; null before the first one
 */
export function fill(container, state, actions) {
  const drawn = JSON.stringify([state.summary, state.pieces, language()]);
  if (container.dataset.drawn === drawn) return;
  container.dataset.drawn = drawn;
  const { summary } = state;
  container.replaceChildren(
    element("h2", {}, say("workshop.title")),
    ...(summary ? parts(summary) : [element("p", { class: "card" }, say("workshop.none"))]),
    pageButton("progress", say("progress.title"), actions),
    pageButton("whose", say("whose.title"), actions),
    element("div", { class: "actions" }, backButton(actions)),
  );
}

function parts(summary) {
  return [
    shareCard(summary),
    countsCard(summary),
    flaggedCard(summary),
    summary.fetched_at && element("p", { class: "quiet" }, say("workshop.as_of", { time: sayTime(summary.fetched_at) })),
  ].filter(Boolean);
}

function shareCard({ first_decided: decided, first_passed: passed, first_interval: interval, since }) {
  if (!decided) return element("section", { class: "card share" }, element("p", {}, say("share.none")));
  return element(
    "section",
    { class: "card share" },
    element("h3", {}, say("workshop.first")),
    element("p", { class: "figure" }, say("share", { passed, decided })),
    bar(passed / decided, interval),
    interval && element("p", {}, inPlainWords(interval, decided)),
    since && element("p", { class: "quiet" }, say("workshop.since", { day: sayDay(since) })),
  );
}

const ROUGH = 0.5; // so wide an interval says hardly anything yet

/** In pieces, as many as hers: a share of a hundred says nothing to whoever made fifty. */
function inPlainWords(interval, decided) {
  const [low, high] = endsOf(interval);
  if (high - low > ROUGH) return say("workshop.few");
  return say("workshop.interval", { decided, low: Math.floor(decided * low), high: Math.ceil(decided * high) });
}

const endsOf = (interval) => (Array.isArray(interval) ? interval : [interval.low, interval.high]);

/** The share as a bar, and over it the range it may lie in. */
function bar(share, interval) {
  const [low, high] = interval ? endsOf(interval) : [share, share];
  return svg(
    "svg",
    { class: "share-bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "share-all", width: 100, height: 10 }),
    svg("rect", { class: "share-passed", width: 100 * share, height: 10 }),
    svg("rect", { class: "share-range", x: 100 * low, y: 3.5, width: Math.max(0.5, 100 * (high - low)), height: 3 }),
  );
}

function countsCard({ sent, pending, retakes }) {
  const rows = [
    ["camera", sayCount("workshop.sent", sent)],
    pending > 0 && ["eye", sayCount("workshop.pending", pending)],
    retakes > 0 && ["again", sayCount("workshop.retakes", retakes)],
  ];
  return element(
    "ul",
    { class: "card counts" },
    rows.filter(Boolean).map(([name, words]) => element("li", {}, icon(name), words)),
  );
}

function flaggedCard({ flagged }) {
  if (!flagged?.length) return null;
  const rows = flagged.slice(0, MOST_SHOWN).map(({ defect, pieces, materials }) =>
    element(
      "li",
      {},
      element(
        "p",
        { class: "finding" },
        element("strong", {}, say(`defect.${defect}`, {}, defect)),
        element("span", { class: "quiet" }, sayCount("workshop.pieces", pieces)),
      ),
      tip(defect, materials?.length === 1 ? materials[0] : null),
    ),
  );
  return element(
    "section",
    { class: "card" },
    element("h3", {}, say("workshop.flagged")),
    element("ul", { class: "findings" }, rows),
  );
}

function pageButton(name, words, { go }) {
  return element("button", { class: "button wide", type: "button", id: `to-${name}`, onclick: () => go(name) }, words);
}

function backButton({ onBack }) {
  if (!onBack) return null;
  return element("button", { class: "button wide", type: "button", onclick: onBack }, say("back"));
}
