// Whether it helped: pieces with the defect before her answer and since, each with its interval on one scale.

import { element, svg } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { part, percent } from "../page.js";

export function effectPart({ effect, watch }) {
  const { before, after, came, by_people: byPeople, compared } = effect;
  const most = Math.max(0.1, ...[before, after].map(({ interval }) => interval?.[1] ?? 0));
  const rows = [
    [say("hub.effect_before"), before],
    [say("hub.effect_after"), after],
  ].map(([words, share]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, words),
      element("td", { class: "numeral" }, say("hub.of", { part: sayNumber(share.found), all: sayNumber(share.of) })),
      element("td", { class: "numeral" }, share.interval ? say("hub.between", { low: percent(share.interval[0]), high: percent(share.interval[1]) }) : "–"),
      element("td", { class: "effect-drawn" }, drawn(share, most)),
    ),
  );
  const heads = [say("hub.effect_pieces"), say("hub.effect_found"), say("hub.interval"), ""];
  return part(
    say("hub.did_it_help"),
    element("p", {}, element("strong", {}, after.of ? say(`hub.compared.${compared}`) : say("hub.effect_none"))),
    element(
      "table",
      { class: "effect", "aria-label": say("hub.did_it_help") },
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows),
    ),
    element("p", { class: "quiet" }, say("hub.effect_watched", { came: sayNumber(came), watch: sayNumber(watch), people: sayNumber(byPeople) })),
    element("p", { class: "quiet" }, say("hub.effect_about")),
  );
}

/** The interval as a line, the share as a dot; the scale ends where the longer one does. */
function drawn({ found, of, interval }, most) {
  if (!interval) return "";
  const at = (share) => 2 + (96 * share) / most;
  return svg(
    "svg",
    { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "effect-all", x: 0, y: 4, width: 100, height: 4 }),
    svg("rect", { class: "effect-range", x: at(interval[0]), y: 4, width: Math.max(1, at(interval[1]) - at(interval[0])), height: 4 }),
    svg("rect", { class: "effect-share", x: at(found / of) - 0.6, y: 0, width: 1.2, height: 12 }),
  );
}
