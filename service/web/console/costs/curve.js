// What thresholds cost, in words, at a glance and as a table; and what was spent.

import { element } from "../../shared/dom.js";
import { locale, say, sayNumber } from "../../shared/words.js";
import { between, percent } from "../numbers/glance.js";

/** Factors of the odds that are shown in the table; the file has all. */
const SHOWN = [0.1, 0.25, 0.5, 0.7, 1, 1.4, 2, 4, 10];

export const kes = (amount) => `KES ${sayNumber(Math.round(amount))}`;
/** Of large sums: KES 30M. */
export const kesShort = (amount) => `KES ${new Intl.NumberFormat(locale(), { notation: "compact", maximumSignificantDigits: 3 }).format(amount)}`;
export const factor = (odds) => (Math.abs(odds - 1) < 0.005 ? "1" : odds > 1 ? `× ${digits(odds)}` : `÷ ${digits(1 / odds)}`);
const digits = (value) => sayNumber(Number(value.toPrecision(2)));
const head = (words) => element("th", { scope: "row" }, words);
const numeral = (words) => element("td", { class: "numeral" }, words);

/** Four figures: now, the cheapest, reviews, money spent. */
export function costGlance(costs, spent) {
  const [curve] = costs.curves;
  const now = curve?.now ?? costs.measured.find((one) => one.is_now);
  const told = (word, value, ...lines) => element("div", {}, element("h3", {}, say(word)), element("p", { class: "costs-large" }, value), lines.map((line) => element("p", { class: "quiet" }, line)));
  const sure = (low, high) => say("hub.glance.sure", { between: `${kes(low)} – ${kes(high)}` });
  return element(
    "section",
    { class: "glance", "aria-label": say("hub.costs.glance") },
    told("hub.costs.now", now ? kes(now.kes) : "–", curve ? sure(curve.now.kes_low, curve.now.kes_high) : say("hub.costs.no_interval"), say("hub.costs.hundred")),
    told("hub.costs.cheapest", curve ? kes(curve.cheapest.kes) : "–", ...(curve ? cheapest(curve) : [say("hub.costs.no_curve")])),
    told("hub.costs.reviews", curve ? `${sayNumber(Math.round(curve.now.reviews_a_week))} → ${sayNumber(Math.round(curve.cheapest.reviews_a_week))}` : "–", curve ? say("hub.costs.to") : "", say("hub.costs.of_pieces", { pieces: sayNumber(Math.round(costs.pieces_a_week)) })),
    told("hub.costs.spent", kes(spent.kes), say("hub.costs.found")),
  );
}

function cheapest(curve) {
  const [low, high] = curve.cheapest_odds;
  const [least, most] = curve.saving_interval;
  return [
    say("hub.costs.where", { odds: factor(curve.cheapest.odds), low: factor(low), high: factor(high) }),
    say("hub.costs.saves", { kes: kes(curve.saving), low: kes(least), high: kes(most) }),
  ];
}

/** Where the figures are from, and how to read the picture. */
export function costWords(costs) {
  const { ledger, curves } = costs;
  const [curve] = curves;
  const counts = curve && { defective: curve.defective, good: curve.good };
  const lines = [];
  if (curve?.of === "ledger") lines.push(say("hub.costs.by_ledger", counts));
  if (curve?.of === "release") lines.push(say("hub.costs.by_release", counts));
  if (!costs.keeps_scores) lines.push(say(curve ? "hub.costs.older" : "hub.costs.measured"));
  if (!ledger.enough) lines.push(say("hub.costs.few", { ...ledger }));
  if (curve) lines.push(say("hub.costs.read"), say(curve.rate_counted ? "hub.costs.rate_counted" : "hub.costs.rate_entered", { rate: percent(curve.defect_rate) }));
  if (ledger.truncated) lines.push(say("hub.costs.truncated"));
  return lines;
}

export function costTable(costs) {
  const [curve] = costs.curves;
  if (!curve) return measuredTable(costs.measured);
  const nearest = (odds) => curve.points.reduce((one, other) => (Math.abs(other.step - Math.log(odds)) < Math.abs(one.step - Math.log(odds)) ? other : one));
  const chosen = [...new Set([...SHOWN.map(nearest), nearest(curve.cheapest.odds)])].sort((one, other) => one.step - other.step);
  const rows = chosen.map((point) => [
    head([factor(point.odds), point.step === 0 && ` ${say("hub.costs.is_now")}`, point.step === curve.cheapest.step && ` ${say("hub.costs.is_cheapest")}`].filter(Boolean).join("")),
    numeral(percent(point.missed, 0)),
    numeral(percent(point.flagged, 0)),
    numeral(sayNumber(Math.round(point.reviews_a_week))),
    numeral(kes(point.kes)),
    numeral(`${kes(point.kes_low)} – ${kes(point.kes_high)}`),
  ]);
  return table(["hub.costs.odds", "hub.costs.missed", "hub.costs.flagged", "hub.costs.reviews", "hub.costs.per_hundred", "hub.head.interval"], rows, say("hub.numbers.none"));
}

function measuredTable(points) {
  const rows = points.map((one) => [
    head(one.is_now ? say("hub.costs.its_own") : say("hub.costs.looked_for")),
    numeral(percent(one.flagged, 0)),
    numeral(percent(one.missed, 0)),
    numeral(between(one.missed_interval, 0)),
    numeral(kes(one.kes)),
  ]);
  return table(["hub.costs.setting", "hub.costs.flagged", "hub.costs.missed", "hub.head.interval", "hub.costs.per_hundred"], rows, say("hub.numbers.none"));
}

export function spentTable(spent) {
  const rows = spent.kinds.flatMap(({ kind, kes: sum }) => [
    [element("th", { scope: "row", colspan: 3 }, say(`hub.cost_kind.${kind}`)), numeral(element("strong", {}, kes(sum)))],
    ...spent.items
      .filter((one) => one.kind === kind)
      .map((one) => [element("td", { class: "indented" }, say(`hub.spent.${one.what}`)), numeral(sayNumber(Number(one.count.toFixed(1)))), numeral(kes(one.each)), numeral(kes(one.kes))]),
  ]);
  return table(["hub.costs.what", "hub.costs.count", "hub.costs.each", "hub.costs.sum"], rows, say("hub.numbers.none"));
}

const WORDS = new Set(["hub.costs.odds", "hub.costs.setting", "hub.costs.what", "hub.threshold.class", "hub.promise.approved", "hub.scale.what"]);

export function table(heads, rows, none) {
  const cells = heads.map((key) => element("th", { scope: "col", class: WORDS.has(key) ? "" : "numeral" }, say(key)));
  const empty = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, none));
  const body = rows.length ? rows.map((row) => element("tr", {}, row)) : empty;
  return element("table", {}, element("thead", {}, element("tr", {}, cells)), element("tbody", {}, body));
}
