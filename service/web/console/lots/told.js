// How an order is told: in a sentence, and as a row of the list.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";

export const workshopName = (house, id) => house.workshops.get(id)?.name ?? id;
const designName = (house, id) => house.designs.get(id)?.name ?? id;
const viewWords = (views) => views.map((view) => say(`view.${view}`)).join(", ");
const sinceWords = (opened, closed) =>
  closed ? say("hub.lots.closed_at", { time: sayTime(closed) }) : say("hub.lots.open_since", { time: sayTime(opened) });

export function lotSentence(house, { microfactory, design, pieces, views, note, done, opened_at: opened, closed_at: closed }) {
  const told = say("hub.lots.told", {
    count: pieces,
    design: designName(house, design),
    workshop: workshopName(house, microfactory),
    views: viewWords(views),
    done,
    since: sinceWords(opened, closed),
  });
  return note ? `${told} “${note}”` : told;
}

/** @param {(lot: object) => (Node | string | false)[]} buttons  what may be done with an order */
export function lotTable(house, lots, buttons) {
  const rows = lots.map((lot) => lotRow(house, lot, buttons(lot)));
  const none = element("tr", {}, element("td", { colspan: 6, class: "quiet" }, say("hub.lots.none")));
  const words = [say("hub.lot"), say("hub.workshop"), say("hub.design"), say("hub.lots.done"), say("hub.lots.wanted"), ""];
  const heads = words.map((word) => element("th", { scope: "col" }, word));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, heads)),
    element("tbody", {}, rows.length ? rows : none),
  );
}

function lotRow(house, lot, buttons) {
  const { id, design, done, pieces, views, note, closed_at: closed, other_design: others } = lot;
  return element(
    "tr",
    { class: closed ? "closed" : "" },
    element("th", { scope: "row" }, element("a", { href: `#lots/${encodeURIComponent(id)}` }, id), element("small", {}, sinceWords(lot.opened_at, closed))),
    element("td", {}, workshopName(house, lot.microfactory), note && element("small", {}, note)),
    element("td", {}, designName(house, design)),
    element(
      "td",
      { class: "lot-done" },
      say("hub.of", { part: sayNumber(done), all: sayNumber(pieces) }),
      element("progress", { max: pieces, value: Math.min(done, pieces), "aria-label": say("hub.lots.done_of", { done, pieces }) }),
      others > 0 && element("small", { class: "quiet" }, say("hub.lots.other_design", { count: others })),
    ),
    element("td", {}, viewWords(views)),
    element("td", { class: "lot-actions" }, ...buttons),
  );
}
