// The network at a glance: four figures, each with what it is of and how sure it is.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";

export const percent = (share, digits = 1) => (share === null ? "–" : `${(100 * share).toFixed(digits)} %`);
export const between = (interval, digits = 1) => (interval ? `${percent(interval[0], digits)} – ${percent(interval[1], digits)}` : "–");

export function glance(rate, escapes) {
  const sure = rate.interval ? say("hub.glance.sure", { between: between(rate.interval) }) : say("hub.glance.none");
  const looked = say("hub.glance.looked", { looked: escapes.looked_at, drawn: escapes.drawn });
  const known = escapes.escape_rate === null ? say("hub.glance.unknown") : say("hub.glance.sure", { between: between(escapes.interval) });
  return element(
    "section",
    { class: "glance", "aria-label": say("hub.glance") },
    cell(say("hub.glance.rate"), percent(rate.pass_rate), say("hub.glance.of", { passed: rate.passed, decided: rate.decided }), sure, say(`hub.moved.${rate.change}`)),
    cell(say("hub.glance.first"), percent(rate.first_pass_yield), say("hub.glance.tries", { count: rate.first_decided })),
    cell(say("hub.glance.pending"), sayNumber(rate.pending), say("hub.glance.uncounted"), say("hub.glance.retakes", { count: rate.retakes })),
    cell(say("hub.glance.escapes"), percent(escapes.escape_rate), known, looked),
  );
}

function cell(title, figure, ...lines) {
  return element("div", {}, element("h3", {}, title), element("p", { class: "big" }, figure), lines.map((line) => element("p", { class: "quiet" }, line)));
}
