// Which of what waits she wants to see: a piece's or a lot's code, a workshop, a design, why it waits.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";

const KINDS = ["appeal", "to_person", "flagged", "audit", "seen_before", "unsure", "second", "disagreed", "lot", "other_design"];
const TYPED_MS = 300;

/** Words for why a piece waits, of those that its own flag does not say already. */
export const kindWords = (kinds) => kinds.filter((kind) => kind !== "flagged").map(kindWord);

const kindWord = (kind) => say(`hub.waits.${kind}`, {}, kind);

/** @param {(filters: object) => void} chosen  called with what the queue is to be asked for */
export function fillFilters(house, chosen) {
  const named = (all) => [...all.values()].map(({ id, name }) => [id, name]).sort((a, b) => a[1].localeCompare(b[1]));
  const fields = [
    ["microfactory", say("hub.workshop"), named(house.workshops)],
    ["design", say("hub.design"), named(house.designs)],
    ["kind", say("hub.why_it_waits"), KINDS.map((kind) => [kind, kindWord(kind)])],
  ].map(([name, label, choices]) => select(name, label, choices));
  const code = element("input", { class: "field", name: "code", type: "search", autocomplete: "off", spellcheck: "false" });
  code.placeholder = say("hub.piece_or_lot");
  code.setAttribute("aria-label", code.placeholder);
  const form = find("#queue-filters");
  form.replaceChildren(code, ...fields);
  let typed;
  const tell = () => {
    clearTimeout(typed);
    const given = [...new FormData(form)].filter(([, value]) => value.trim());
    find("#filter").classList.toggle("main", given.length > 0); // what is left out is not forgotten
    chosen(Object.fromEntries(given));
  };
  code.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(tell, TYPED_MS);
  });
  for (const field of fields) field.addEventListener("change", tell);
  const turn = find("#filter");
  turn.onclick = () => {
    form.hidden = !form.hidden;
    turn.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) code.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell();
  });
}

function select(name, label, choices) {
  const field = element(
    "select",
    { class: "field", name },
    element("option", { value: "" }, say("hub.any_of", { what: label })),
    ...choices.map(([value, words]) => element("option", { value }, words)),
  );
  field.setAttribute("aria-label", label);
  return field;
}
