// How strictly lots of a design are sampled: the level and the acceptable shares of pieces with clear and small defects.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { choice, labelled, part } from "../page.js";

const LEVELS = ["S-1", "S-2", "S-3", "S-4", "I", "II", "III"];
const AQLS = [0.01, 0.015, 0.025, 0.04, 0.065, 0.1, 0.15, 0.25, 0.4, 0.65, 1, 1.5, 2.5, 4, 6.5, 10];

/** Fills itself once it is known; who only looks reads the same fields. */
export function samplingPart(page, { id }, keeps) {
  const path = `/v1/designs/${encodeURIComponent(id)}/lot-plan`;
  const body = element("div", {}, element("p", { class: "quiet" }, say("loading")));
  page.api.get(path).then(
    (standard) => body.replaceChildren(form(page, path, standard, keeps)),
    () => body.replaceChildren(element("p", { class: "notice" }, say("hub.not_told"))),
  );
  return part(say("hub.standard"), element("p", { class: "quiet" }, say("hub.standard.about")), body);
}

function form(page, path, standard, keeps) {
  const shares = AQLS.map((one) => [String(one), say("hub.alone.percent", { share: sayNumber(one) })]);
  const levels = LEVELS.map((one) => [one, one === "II" ? say("hub.standard.usual", { level: one }) : one]);
  const made = element(
    "form",
    { class: "page-form", "aria-label": say("hub.standard") },
    labelled(say("hub.standard.level"), choice("level", standard.level, levels)),
    labelled(say("hub.standard.major"), choice("aql_major", String(standard.aql_major), shares)),
    labelled(say("hub.standard.minor"), choice("aql_minor", String(standard.aql_minor), shares)),
    keeps && element("div", { class: "page-buttons wide" }, element("button", { class: "button main" }, say("hub.save"))),
  );
  made.inert = !keeps;
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(made));
    const wanted = { level: said.level, aql_major: Number(said.aql_major), aql_minor: Number(said.aql_minor) };
    void page.attempt(() => page.api.put(path, wanted), say("hub.standard.saved"));
  });
  return made;
}
