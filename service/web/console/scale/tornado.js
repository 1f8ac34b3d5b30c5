// The tornado: each assumption moved alone over its range, a bar from what comes of its low end to that of its high end.

import { element, svg } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { kes } from "../costs/curve.js";
import { wide } from "../numbers/figure.js";

const MOST = 12;
const [WIDTH, HEIGHT] = [400, 22];

export function tornado(found) {
  const bars = found.sensitivity.slice(0, MOST);
  const every = bars.flatMap((one) => [one.at_low, one.at_high]).concat(found.difference, 0);
  const [least, most] = [Math.min(...every), Math.max(...every)];
  const place = (value) => 4 + ((value - least) / (most - least || 1)) * (WIDTH - 8);
  const rows = bars.map((one) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, say(`hub.assume.${one.name}`), one.turns && element("span", { class: "turns" }, say("hub.scale.turns"))),
      element("td", { class: "numeral" }, `${figure(one.low)} – ${figure(one.high)}`),
      element("td", { class: "tornado-bar" }, bar(one, found.difference, place)),
      element("td", { class: "numeral" }, `${kes(one.at_low)} – ${kes(one.at_high)}`),
    ),
  );
  const heads = [["hub.scale.assumption", ""], ["hub.scale.range", "numeral"], ["hub.scale.bar", ""], ["hub.scale.difference", "numeral"]];
  const cells = heads.map(([key, kind]) => element("th", { scope: "col", class: kind }, say(key)));
  return wide(say("hub.scale.sensitivity"), element("table", { class: "tornado" }, element("thead", {}, element("tr", {}, cells)), element("tbody", {}, rows)));
}

/** What it says stands beside it in figures. */
function bar(one, now, place) {
  const [from, to] = [place(Math.min(one.at_low, one.at_high)), place(Math.max(one.at_low, one.at_high))];
  const upright = (x, kind) => svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: kind });
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { x: from, y: 4, width: Math.max(1, to - from), height: HEIGHT - 8, rx: 2, class: one.turns ? "turning" : "" }),
    upright(place(0), "zero"),
    upright(place(now), "now"),
  );
}

const figure = (value) => sayNumber(Number(value.toPrecision(3)));
