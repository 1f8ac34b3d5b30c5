// How she comes on: what has become better beyond chance, what is seen most and what helps, orders finished. Her own
// pieces, in counts, and nobody else's; nothing of too few.

import { element, icon } from "../../shared/dom.js";
import { language, say, sayCount, sayTime } from "../../shared/words.js";
import { backButton } from "../orders.js";
import { nameOf, tip } from "../tips.js";
import { holderOf } from "../wire.js";
import "./ready.js";

let asking = false;
let askedAt = -Infinity;
const AFTER_MS = 60_000;

export async function gather(ways) {
  const [progress = null, followed = []] = await ways.store.facts("progress", "actions");
  void ask(ways);
  return { progress, followed };
}

/** What the hub says now, where it is to be had; what it said last is shown meanwhile. */
async function ask({ store, api, onChange }) {
  if (asking || performance.now() - askedAt < AFTER_MS) return;
  asking = true;
  try {
    const holder = await holderOf(store, api);
    if (!holder) return;
    const of = encodeURIComponent(holder.me.microfactory);
    const found = await holder.line.get(`/v1/microfactories/${of}/progress`);
    await store.change(["facts"], async (tx) => {
      if ((await tx.get("facts", "me"))?.microfactory !== found.microfactory) return;
      await tx.put("facts", { ...found, fetched_at: new Date().toISOString() }, "progress");
    });
    askedAt = performance.now();
    await onChange();
  } catch (error) {
    if (!error.passing) console.error(error);
  } finally {
    asking = false;
  }
}

/** @param {{progress: object|null, followed: object[]}} state  progress: GET /v1/microfactories/{id}/progress */
export function fill(container, { progress, followed }, actions) {
  const drawn = JSON.stringify([progress, followed, language()]);
  if (container.dataset.drawn === drawn) return;
  container.dataset.drawn = drawn;
  container.replaceChildren(
    element("h2", {}, say("progress.title")),
    ...(progress ? parts(progress) : [element("p", { class: "card" }, say("workshop.none"))]),
    ...followedPart(followed, actions),
    element("div", { class: "actions" }, backButton(actions)),
  );
}

function parts(progress) {
  const { decided, least, first_time: first, orders_finished: orders, fetched_at: at } = progress;
  const few = decided < least;
  return [
    few && element("p", { class: "card" }, say("progress.few", { least })),
    !few && betterCard(progress),
    !few && mostCard(progress),
    first && element("section", { class: "card" }, element("h3", {}, say("progress.first")), element("p", {}, say("progress.tenths", tenths(first)))),
    orders > 0 && element("p", { class: "card standing" }, icon("check"), sayCount("progress.orders", orders)),
    at && element("p", { class: "quiet" }, say("workshop.as_of", { time: sayTime(at) })),
  ].filter(Boolean);
}

/** The range of a share, of every ten pieces: never narrower than it is. */
const tenths = ({ interval: [low, high] }) => ({ low: Math.floor(10 * low), high: Math.ceil(10 * high) });

function betterCard({ better, decided_before: before, least }) {
  const rows = better.map(({ what, before: then, now }) =>
    element(
      "li",
      {},
      element("strong", {}, what === "first_time" ? say("progress.first_time") : say("progress.less", { defect: nameOf(what) })),
      element("p", {}, say("progress.now", tenths(now))),
      element("p", { class: "quiet" }, say("progress.before", tenths(then))),
    ),
  );
  if (!rows.length && before < least) return null; // nothing to hold it against yet
  return element(
    "section",
    { class: "card" },
    element("h3", {}, say("progress.better")),
    rows.length ? element("ul", { class: "findings" }, rows) : element("p", {}, say("progress.same")),
  );
}

function mostCard({ most }) {
  if (!most) return element("p", { class: "card" }, say("progress.none_seen"));
  const { defect, pieces, materials } = most;
  return element(
    "section",
    { class: "card" },
    element("h3", {}, say("progress.most")),
    element("p", { class: "finding" }, element("strong", {}, nameOf(defect))),
    element("p", {}, say("progress.tenths", tenths(pieces))),
    tip(defect, materials.length === 1 ? materials[0] : null),
  );
}

function followedPart(followed, { go }) {
  if (!followed.length) return [];
  const rows = followed.map(({ id, defect }) =>
    element("button", { class: "button wide", type: "button", "data-key": id, onclick: () => go("action", id) }, nameOf(defect)),
  );
  return [element("section", { class: "card" }, element("h3", {}, say("progress.together")), rows)];
}
