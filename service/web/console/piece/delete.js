// What an admin deletes for good: a piece, a photo, a voice note, or everything of a phone. With a reason, and asked
// once more.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { named } from "../named.js";
import { field, showDialog, small } from "../section.js";

/** A quiet line in the panel, for admins alone; `onDeleted` is called with what to say. */
export function deleteSection(inspection, { me }, api, onDeleted) {
  if (me?.role !== "admin") return "";
  const open = async () => {
    const done = await ask(partsOf(inspection), whereOf(inspection), api);
    if (done) onDeleted(done);
  };
  return element("section", { class: "leaves" }, element("button", { type: "button", id: "delete", onclick: open }, say("hub.delete_this")));
}

/** Everything that a phone sent. @returns {Promise<string|null>} what to say; null where nothing was deleted */
export function deletePhone({ id, label }, workshop, api) {
  return ask([{ words: say("hub.delete.phone"), what: { phone: id } }], `${label}, ${workshop}`, api);
}

const whereOf = ({ lot, piece, microfactory }) =>
  [microfactory, lot && say("hub.lot_of", { lot }), piece && say("hub.piece_of", { piece })].filter(Boolean).join(", ");

function partsOf({ id, photos, appeal }) {
  const photo = ({ index, view }) => ({ words: say("hub.delete.photo", { number: index + 1, view: named("view", view) }), what: { inspection: id, photo: index } });
  const part = (part, words) => ({ words, what: { inspection: id, appeal: appeal.id, part } });
  return [
    { words: say("hub.delete.piece"), what: { inspection: id } },
    ...photos.filter(({ removed_why: why }) => why !== "deleted").map(photo),
    appeal?.voice_url && part("voice", say("hub.delete.voice")),
    appeal?.photo_url && part("photo", say("hub.delete.appeal")),
  ].filter(Boolean);
}

async function ask(parts, where, api) {
  let said = null;
  const dialog = element("dialog", { "aria-labelledby": "delete-title" });
  const trouble = element("p", { class: "notice", role: "alert", hidden: true });
  const choice = element(
    "select",
    { class: "field", id: "delete-what" },
    parts.map(({ words }, at) => element("option", { value: at }, words)),
  );
  const reason = field("delete-reason", say("hub.delete_why"), { minlength: 3, maxlength: 500, autocomplete: "off" });
  const go = async (event) => {
    event.preventDefault();
    const { words, what } = parts[choice.value];
    const question = { title: say("hub.delete_question"), whom: words, where, about: say("hub.for_good"), act: say("hub.delete_it") };
    if (!(await asked(question))) return;
    try {
      const done = await api.send("POST", "/v1/deletions", { reason: reason.input.value.trim(), ...what });
      said = toldOf(words, done);
      dialog.close();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  dialog.append(
    element(
      "form",
      { onsubmit: go },
      element("h2", { id: "delete-title" }, say("hub.delete_title")),
      trouble,
      element("p", { class: "quiet" }, where),
      element("label", { for: "delete-what" }, say("hub.delete_what")),
      choice,
      reason.parts,
      element(
        "div",
        { class: "dialog-buttons" },
        small(say("hub.cancel"), () => dialog.close()),
        element("button", { class: "button small danger", id: "delete-go" }, say("hub.delete_this")),
      ),
    ),
  );
  await showDialog(dialog);
  return said;
}

function toldOf(words, { left_designs: left, same_photo_in: same }) {
  const more = [
    left.length && say("hub.deleted.designs", { designs: left.join(", ") }),
    same.length === 1 && say("hub.deleted.same", { inspections: same[0] }),
    same.length > 1 && say("hub.deleted.many", { count: same.length, inspections: same.join(", ") }),
  ];
  return `${say("hub.deleted", { what: words })}${more.filter(Boolean).join("")}`;
}
