// A release becomes champion, challenger or shadow, or the champion before returns: with a reason, by the gates of the command.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { choice, input, labelled } from "../page.js";
import { showDialog } from "../section.js";

export const ALIASES = { champion: "hub.champion", challenger: "hub.challenger", shadow: "hub.shadow" };

const WHY = { required: true, minlength: 3, maxlength: 500 };

/** Resolves with what to say once it was done; null where nothing was. */
export function askPromotion(name, now, api, failed) {
  const { champion } = now;
  const alias = choice("alias", "champion", Object.entries(ALIASES).map(([one, word]) => [one, say(word)]));
  const file = element("input", { type: "file", accept: ".json,application/json", id: "comparison" });
  const command = `ubora train compare ${champion ?? "champion"} ${name} DATASET --json FILE`;
  const compared = element(
    "div",
    {},
    element("label", { class: "labelled", for: "comparison" }, element("span", {}, say("hub.comparison")), file),
    element("p", { class: "quiet" }, say("hub.comparison_how"), " ", element("code", {}, command)),
  );
  const needed = () => (compared.hidden = alias.value !== "champion" || !champion);
  alias.addEventListener("change", needed);
  needed();
  const forced = element("input", { type: "checkbox", id: "force" });
  const past = element("label", { class: "check", hidden: true }, forced, say("hub.force_it"));
  return ask({
    title: say("hub.promote_name", { name }),
    about: say("hub.promote_about"),
    parts: [labelled(say("hub.becomes"), alias), compared],
    past,
    act: say("hub.promote"),
    failed,
    send: async (why) => {
      const comparison = file.files.length && !compared.hidden ? await readJson(file.files[0]) : null;
      const seen = now[alias.value];
      await api.send("POST", `/v1/releases/${encodeURIComponent(name)}/promotion`, { alias: alias.value, seen, why, comparison, force: forced.checked });
      return say("hub.is_now_alias", { name, alias: say(ALIASES[alias.value]) });
    },
  });
}

export function askRollback({ champion, returns_to: before }, api, failed) {
  return ask({
    title: say("hub.roll_back_to", { name: before }),
    about: say("hub.roll_back_about", { name: champion }),
    parts: [],
    past: null,
    act: say("hub.roll_back"),
    failed,
    send: async (why) => {
      await api.send("POST", "/v1/release-rollback", { seen: champion, why });
      return say("hub.is_now_alias", { name: before, alias: say("hub.champion") });
    },
  });
}

async function ask({ title, about, parts, past, act, failed, send }) {
  let told = null;
  const trouble = element("p", { class: "notice", role: "alert", hidden: true });
  const why = input("why", "", WHY);
  const go = element("button", { class: "button small main" }, act);
  const dialog = element("dialog", { class: "promotion", "aria-labelledby": "promotion-title" });
  const submit = async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    go.disabled = true; // a release is verified in full, which takes a while
    try {
      told = await send(why.value.trim());
      dialog.close();
    } catch (error) {
      trouble.textContent = error instanceof SyntaxError ? say("hub.no_json") : failed(error);
      trouble.hidden = false;
      // What failed a gate may be forced, knowingly; what cannot be used may not.
      if (past && error.type === "/problems/gates") past.hidden = false;
    } finally {
      go.disabled = false;
    }
  };
  dialog.append(
    element(
      "form",
      { onsubmit: submit },
      element("h2", { id: "promotion-title" }, title),
      element("p", { class: "quiet" }, about),
      trouble,
      parts,
      labelled(say("hub.why"), why, say("hub.why_kept")),
      past,
      element("div", { class: "dialog-buttons" }, element("button", { class: "button small", type: "button", onclick: () => dialog.close() }, say("hub.cancel")), go),
    ),
  );
  await showDialog(dialog);
  return told;
}

const readJson = async (file) => JSON.parse(await file.text());
