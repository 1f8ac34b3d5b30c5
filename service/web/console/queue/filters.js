// Which of what waits she wants to see: a piece's or a lot's code, a workshop, a design, why it waits.

import { element, find } from "../../shared/dom.js";

const KINDS = {
  appeal: "contested",
  to_person: "sent to a person",
  flagged: "flagged",
  audit: "drawn for a look",
  seen_before: "seen before",
  unsure: "not sure",
  second: "second look",
  disagreed: "two differ",
};
const TYPED_MS = 300;

/** Words for why a piece waits, of those that its own flag does not say already. */
export const kindWords = (kinds) => kinds.filter((kind) => kind !== "flagged").map((kind) => KINDS[kind] ?? kind);

/** @param {(filters: object) => void} chosen  called with what the queue is to be asked for */
export function fillFilters(house, chosen) {
  const named = (all) => [...all.values()].map(({ id, name }) => [id, name]).sort((a, b) => a[1].localeCompare(b[1]));
  const fields = [
    ["microfactory", "Workshop", named(house.workshops)],
    ["design", "Design", named(house.designs)],
    ["kind", "Why it waits", Object.entries(KINDS)],
  ].map(([name, label, choices]) => select(name, label, choices));
  const code = element("input", { class: "field", name: "code", type: "search", autocomplete: "off", spellcheck: "false" });
  code.setAttribute("aria-label", "Piece or lot");
  code.placeholder = "Piece or lot";
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
    element("option", { value: "" }, `${label}: any`),
    ...choices.map(([value, words]) => element("option", { value }, words)),
  );
  field.setAttribute("aria-label", label);
  return field;
}
