// What the network's page and a workshop's share: the pass rate by week and the defects as charts, open orders, and the
// report of a month.

import { element } from "../../shared/dom.js";
import { language, say, sayNumber } from "../../shared/words.js";
import { firstDay, today } from "../days.js";
import { sayAgo } from "../ago.js";
import { Figure } from "../numbers/figure.js";
import { defectsTable, timeTable } from "../numbers/tables.js";
import { input, labelled, openPage, part } from "../page.js";

const MOST_LOTS = 20;
export const DAYS = 90;

/** The rate by week, filled once it is known. @param {string} workshop its code, "" for the network */
export function timePart(page, workshop, name = "") {
  const words = (answer) => ({
    title: say(workshop ? "hub.time.own" : "hub.time.all", { name }),
    define: [say("hub.time.define"), say(answer.enough ? (answer.shift ? "hub.time.shift" : "hub.time.steady") : "hub.time.few")],
  });
  return figure(page, "over-time", workshop, words, (answer) => [timeTable(answer), answer.items.some((one) => one.decided)]);
}

export function defectsPart(page, workshop, name = "") {
  const words = () => ({ title: say(workshop ? "hub.defects.own" : "hub.defects.all", { name }), define: [say("hub.defects.define")] });
  const table = (answer) => [defectsTable(answer, (url) => (location.hash = piecesOf(url))), answer.items.some((one) => one.confirmed)];
  return figure(page, "defects", workshop, words, table);
}

/** Open orders: how far each is, and since when. */
export function lotsPart(page, workshop = "") {
  const query = new URLSearchParams({ open: "true", limit: String(MOST_LOTS), ...(workshop && { microfactory: workshop }) });
  return filled(part(say("hub.network.lots")), page, async () => {
    const { items, next_cursor: more } = await page.api.list(`/v1/lots?${query}`);
    if (!items.length) return [element("p", { class: "quiet" }, say("hub.lots.none"))];
    const name = (id) => page.house.workshops.get(id)?.name ?? id;
    const rows = items.map((lot) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, element("a", { href: "#lots" }, lot.id), element("small", {}, sayAgo(lot.opened_at))),
        !workshop && element("td", {}, element("a", { href: `#workshops/${lot.microfactory}` }, name(lot.microfactory))),
        element("td", {}, page.house.designs.get(lot.design)?.name ?? lot.design),
        element("td", { class: "numeral" }, say("hub.of", { part: sayNumber(lot.settled), all: sayNumber(lot.pieces) })),
        element("td", { class: "numeral" }, sayNumber(lot.pending)),
      ),
    );
    const heads = [["hub.lot"], !workshop && ["hub.workshop"], ["hub.design"], ["hub.network.good", "numeral"], ["hub.head.waiting", "numeral"]].filter(Boolean);
    const cells = heads.map(([key, kind = ""]) => element("th", { scope: "col", class: kind }, say(key)));
    const table = element("table", {}, element("thead", {}, element("tr", {}, cells)), element("tbody", {}, rows));
    return [element("div", { class: "wide" }, table), element("p", { class: "no-print" }, element("a", { href: "#lots" }, say(more ? "hub.network.more_lots" : "hub.lots")))];
  });
}

/** Choose a month, and its report opens in a tab of its own, to be read or printed. */
export function reportPart(page, workshop = "") {
  const last = firstDay(page.house, 29).slice(0, 7);
  const month = input("month", last, { type: "month", required: true, max: today(page.house).slice(0, 7) });
  const form = element("form", { class: "report-form" }, labelled(say("hub.report.month"), month), element("button", { class: "button" }, say("hub.report.open_it")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const base = workshop ? `/v1/microfactories/${encodeURIComponent(workshop)}` : "/v1";
    void page.attempt(() => openPage(page.api, `${base}/reports/${month.value}?language=${language()}`));
  });
  const made = part(say("hub.report"), form);
  made.classList.add("no-print");
  return made;
}

/** A part that says what comes; what goes wrong is said in it alone. */
export function filled(made, page, load) {
  const waits = element("p", { class: "quiet", role: "status" }, say("loading"));
  made.append(waits);
  load().then(
    (parts) => waits.replaceWith(...parts),
    (error) => waits.replaceWith(element("p", { class: "notice", role: "alert" }, page.failed(error))),
  );
  return made;
}

function figure(page, name, workshop, words, tableOf) {
  const since = firstDay(page.house, DAYS);
  const path = (what, more = {}) => `/v1/numbers/${name}${what}?${new URLSearchParams({ since, ...(workshop && { microfactory: workshop }), ...more })}`;
  return filled(element("div", {}), page, async () => {
    const answer = await page.api.get(path(""));
    const [table, chart] = tableOf(answer);
    return [new Figure(page.api, page.failed, { name, path, ...words(answer) }).show(table, { chart })];
  });
}

/** The pieces behind a count → where the console lists them. */
function piecesOf(url) {
  const asked = new URLSearchParams(url.split("?")[1]);
  const wanted = new URLSearchParams([...asked].filter(([key]) => ["microfactory", "defect", "since", "until"].includes(key)));
  return `#pieces/${wanted}`;
}
