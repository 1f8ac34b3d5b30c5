// The question of which design a piece is: found by typing, chosen from those that the hub knows, or none of them.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { showDialog, small } from "../section.js";

const NONE = ""; // no design has this code

/**
 * @param {{id: string, name: string, category: string, approved_photos: string[]}[]} designs  that it could be
 * @returns {Promise<{design: string|null, reason: string}|null>} null where nothing was said
 */
export async function whichDesign(designs, api) {
  let answer = null;
  const sought = element("input", { class: "field", id: "design-sought", type: "search", autocomplete: "off", spellcheck: "false", autofocus: true });
  const rows = [...designs].sort((a, b) => a.name.localeCompare(b.name)).map((design) => row(design, api));
  const none = choice(NONE, element("span", {}, say("hub.no_known_design")));
  const list = element("div", { class: "design-choices", role: "radiogroup", "aria-label": say("hub.which_design") }, rows.map(({ line }) => line), none);
  const reason = element("textarea", { class: "field", id: "design-reason", rows: 2, maxlength: 1000 });
  const submit = element("button", { class: "button small main", disabled: true }, say("hub.say_design"));
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id: "design-title" }, say("hub.which_design")),
    element("p", { class: "quiet" }, say("hub.which_design_about")),
    element("label", { for: "design-sought" }, say("hub.find_design")),
    sought,
    list,
    element("label", { for: "design-reason" }, say("hub.design_reason")),
    reason,
    element("div", { class: "dialog-buttons" }, small(say("hub.cancel"), () => dialog.close()), submit),
  );
  const dialog = element("dialog", { class: "which-design", "aria-labelledby": "design-title" }, form);
  const chosen = () => list.querySelector("input:checked");
  sought.addEventListener("input", () => {
    const words = sought.value.trim().toLowerCase();
    for (const { line, name } of rows) line.hidden = !name.includes(words);
  });
  sought.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault(); // the first that is found, not the form
    const first = list.querySelector("label:not([hidden]) input");
    first.checked = true;
    first.focus();
    submit.disabled = false;
  });
  list.addEventListener("change", () => (submit.disabled = false));
  form.addEventListener("submit", () => (answer = { design: chosen().value || null, reason: reason.value.trim() }));
  await showDialog(dialog);
  return answer;
}

function row({ id, name, approved_photos: urls = [] }, api) {
  const image = element("img", { alt: "", loading: "lazy" });
  if (urls[0]) api.photo(urls[0]).then((src) => (image.src = src), () => {});
  const line = choice(id, urls[0] ? image : element("span", { class: "no-thumb" }), element("span", {}, name));
  return { line, name: `${name} ${id}`.toLowerCase() };
}

const choice = (value, ...words) =>
  element("label", { class: "design-choice" }, element("input", { type: "radio", name: "which-design", value }), ...words);
