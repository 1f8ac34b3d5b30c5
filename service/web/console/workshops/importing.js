// Workshops from a table: what each line would do is shown first, and then all of it is done or nothing.

import { element } from "../../shared/dom.js";
import { say, sayCount } from "../../shared/words.js";
import { showDialog } from "../section.js";

const OUTCOMES = { added: "hub.is_added", changed: "hub.is_changed", unchanged: "hub.is_unchanged", refused: "hub.is_refused" };
const EXAMPLE = "code,name,place\nmf-kibera-01,Kibera 1,Kibera\n";

/** Resolves with what to say once it was done; null where nothing was. */
export async function importDialog(api, failed) {
  let told = null;
  let text = "";
  const trouble = element("p", { class: "notice", role: "alert", hidden: true });
  const plan = element("div", { class: "import-plan", role: "status" });
  const go = element("button", { class: "button small main", type: "button", disabled: true }, say("hub.do_it"));
  const file = element("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", id: "import-file" });
  const example = element("pre", { tabindex: "0", "aria-label": say("hub.example") }, EXAMPLE);
  const dialog = element(
    "dialog",
    { class: "import", "aria-labelledby": "import-title" },
    element("h2", { id: "import-title" }, say("hub.import_table")),
    element("p", { class: "quiet" }, say("hub.import_how")),
    example,
    element("label", { class: "labelled", for: "import-file" }, element("span", {}, say("hub.choose_file")), file),
    trouble,
    plan,
    element("div", { class: "dialog-buttons" }, element("button", { class: "button small", type: "button", onclick: () => dialog.close() }, say("hub.cancel")), go),
  );
  const ask = async (body) => {
    trouble.hidden = true;
    try {
      return await api.send("POST", "/v1/microfactory-tables", body);
    } catch (error) {
      trouble.textContent = failed(error);
      trouble.hidden = false;
      go.disabled = true;
      return null;
    }
  };
  let seen = null;
  const look = async () => {
    seen = await ask({ text });
    plan.replaceChildren(...(seen ? planned(seen.lines) : []));
    go.disabled = !seen || !worthDoing(seen.lines);
  };
  file.addEventListener("change", async () => {
    text = file.files.length ? await file.files[0].text() : "";
    await look();
  });
  go.addEventListener("click", async () => {
    const done = await ask({ text, plan: seen.plan });
    if (!done) return;
    const changed = done.lines.filter(({ outcome }) => outcome !== "unchanged").length;
    told = sayCount("hub.workshops_imported", changed);
    dialog.close();
  });
  await showDialog(dialog);
  return told;
}

/** Nothing is refused, and something is left to do. */
const worthDoing = (lines) =>
  lines.every(({ outcome }) => outcome !== "refused") && lines.some(({ outcome }) => outcome !== "unchanged");

function planned(lines) {
  const refused = lines.filter(({ outcome }) => outcome === "refused").length;
  const sum = Object.keys(OUTCOMES)
    .map((outcome) => [outcome, lines.filter((line) => line.outcome === outcome).length])
    .filter(([, number]) => number > 0)
    .map(([outcome, number]) => `${number} ${say(OUTCOMES[outcome])}`);
  const heads = [say("hub.line"), say("hub.what_happens"), say("hub.workshop")];
  const rows = lines.map(row);
  const table = element(
    "table",
    { "aria-label": say("hub.what_would_happen") },
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows),
  );
  return [
    element("p", {}, element("strong", {}, sum.join(", ")), refused > 0 && ` ${say("hub.mend_the_file")}`),
    element("div", { class: "import-lines", tabindex: "0", role: "group", "aria-label": say("hub.what_would_happen") }, table),
  ];
}

function row({ line, outcome, id, name, place, changed, why }) {
  const was = Object.entries(changed).map(([field, before]) => `${before} → ${field === "name" ? name : place}`);
  return element(
    "tr",
    { class: outcome },
    element("td", {}, String(line)),
    element("td", {}, say(OUTCOMES[outcome])),
    element("td", {}, [id, name, place].filter(Boolean).join(", "), (why || was.length > 0) && element("small", {}, why ?? was.join("; "))),
  );
}
