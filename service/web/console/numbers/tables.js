// The tables beside the charts: names in alphabetical order, never by rank.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { between, percent } from "./glance.js";

export function timeTable(answer) {
  const rows = answer.items.map((point) => [
    head(point.start),
    numeral(of(point.passed, point.decided)),
    numeral(percent(point.pass_rate)),
    numeral(point.lower === null ? "–" : between([point.lower, point.upper])),
    element("td", {}, point.signals.map((rule) => say(`hub.signal.${rule}`)).join("; ")),
  ]);
  return table(["hub.head.week", "hub.head.passed", "hub.head.share", "hub.head.limits", "hub.head.signals"], rows);
}

export function funnelTable(answer, pieces) {
  const rows = byName(answer.items, (one) => one.name).map((one) => [
    head(one.name),
    counted(one, pieces, one.name),
    numeral(percent(one.pass_rate)),
    numeral(between(one.interval)),
    element("td", {}, say(`hub.place.${one.place}`)),
    numeral(one.below_target === null ? "–" : percent(one.below_target, 0)),
  ]);
  return table(["hub.head.workshop", "hub.head.passed", "hub.head.share", "hub.head.interval", "hub.head.place", "hub.head.below"], rows);
}

export function defectsTable(answer, pieces) {
  const rows = answer.items.map((one) => {
    const name = say(`defect.${one.defect}`, {}, one.defect);
    return [
      head(name),
      element("td", { class: "numeral" }, behind(sayNumber(one.confirmed), pieces, one.pieces_url, name)),
      numeral(percent(one.share)),
      numeral(percent(one.cumulative)),
      numeral(sayNumber(one.accepted)),
      numeral(sayNumber(one.waiting)),
    ];
  });
  return table(["hub.head.defect", "hub.head.confirmed", "hub.head.share", "hub.head.together", "hub.head.accepted", "hub.head.waiting"], rows);
}

export function biasTable(answer) {
  const cells = (rate) => [
    numeral(rate.share === null ? "–" : `${percent(rate.share)} (${between(rate.interval)})`),
    element("td", {}, say(`hub.bias.told.${rate.told}`)),
  ];
  const rows = byName(answer.items, groupName).map((one) => [
    head(groupName(one)),
    numeral(sayNumber(one.good)),
    ...cells(one.false_flags),
    numeral(sayNumber(one.bad)),
    ...cells(one.misses),
  ]);
  return table(["hub.bias.group", "hub.head.good", "hub.head.flags", "hub.head.told", "hub.head.bad", "hub.head.misses", "hub.head.told"], rows);
}

function groupName({ by, name, label }) {
  if (name === "unknown") return say("hub.bias.unknown");
  return ["material", "category"].includes(by) ? say(`${by}.${name}`, {}, label) : say(`hub.bias.${by}.${name}`, {}, label);
}

export function ratesTable(answer, house, pieces) {
  const drawn = answer.drawn_toward !== null;
  const items = answer.by === "week" ? answer.items : byName(answer.items, (one) => labelOf(answer.by, one));
  const rows = items.map((one) => [
    head(labelOf(answer.by, one)),
    counted(one, pieces, labelOf(answer.by, one)),
    numeral(percent(one.pass_rate)),
    numeral(between(one.interval)),
    drawn && numeral(`${percent(one.drawn)} (${between(one.drawn_interval)})`),
    numeral(sayNumber(one.pending)),
    element("td", {}, say(`hub.moved.${one.change}`)),
  ]);
  const heads = [`hub.by.${answer.by}`, "hub.head.passed", "hub.head.share", "hub.head.interval", drawn && "hub.head.drawn", "hub.head.waiting", "hub.head.change"];
  return table(heads, rows);
}

function labelOf(by, one) {
  if (by === "defect" || by === "material") return say(`${by}.${one.name}`, {}, one.label);
  return one.label;
}

/** Heads of columns that hold words; all others hold figures. */
const WORDS = new Set(["hub.head.week", "hub.head.workshop", "hub.head.signals", "hub.head.place", "hub.head.defect", "hub.head.change"]);
const of = (passed, decided) => say("hub.passed.of", { passed, decided });
const head = (words) => element("th", { scope: "row" }, words);
const numeral = (words) => element("td", { class: "numeral" }, words);
const byName = (items, name) => [...items].sort((one, other) => name(one).localeCompare(name(other)));

function counted(one, pieces, title) {
  return element("td", { class: "numeral" }, behind(of(one.passed, one.decided), pieces, one.pieces_url, title));
}

/** A count that opens the pieces behind it. */
function behind(words, pieces, url, title) {
  const label = say("hub.behind.open", { count: words, name: title });
  return element("button", { class: "behind", type: "button", "aria-label": label, onclick: () => pieces(url, title) }, words);
}

function table(heads, rows) {
  const shown = heads.filter(Boolean);
  const cells = shown.map((key) => element("th", { scope: "col", class: WORDS.has(key) || key.startsWith("hub.by.") ? "" : "numeral" }, say(key)));
  const none = element("tr", {}, element("td", { colspan: shown.length, class: "quiet" }, say("hub.numbers.none")));
  const body = rows.length ? rows.map((row) => element("tr", {}, row)) : none;
  return element("table", {}, element("thead", {}, element("tr", {}, cells)), element("tbody", {}, body));
}
