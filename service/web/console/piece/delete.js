// What an admin deletes for good: a piece, a photo, a voice note, or everything of a phone. With a reason, and asked
// once more.

import { element } from "../../shared/dom.js";
import { asked } from "../ask.js";
import { field, showDialog, small } from "../section.js";

const FOR_GOOD = "No list, page, harvest or later backup has it any more, and it cannot be had back. Counts stay right.";

/** A quiet line in the panel, for admins alone; `onDeleted` is called with what to say. */
export function deleteSection(inspection, { me }, api, onDeleted) {
  if (me?.role !== "admin") return "";
  const open = async () => {
    const done = await ask(partsOf(inspection), whereOf(inspection), api);
    if (done) onDeleted(done);
  };
  return element("section", { class: "leaves" }, element("button", { type: "button", id: "delete", onclick: open }, "Delete …"));
}

/** Everything that a phone sent. @returns {Promise<string|null>} what to say; null where nothing was deleted */
export function deletePhone({ id, label }, workshop, api) {
  return ask([{ words: "everything that this phone sent", what: { phone: id } }], `${label}, ${workshop}`, api);
}

const whereOf = ({ lot, piece, microfactory }) =>
  [microfactory, lot && `lot ${lot}`, piece && `piece ${piece}`].filter(Boolean).join(", ");

function partsOf({ id, photos, appeal }) {
  const photo = ({ index, view }) => ({ words: `photo ${index + 1}, ${view}`, what: { inspection: id, photo: index } });
  const part = (part, words) => ({ words, what: { inspection: id, appeal: appeal.id, part } });
  return [
    { words: "the piece, with every inspection of it", what: { inspection: id } },
    ...photos.filter(({ removed_why: why }) => why !== "deleted").map(photo),
    appeal?.voice_url && part("voice", "the voice note"),
    appeal?.photo_url && part("photo", "the photo that came with the contest"),
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
  const reason = field("delete-reason", "Why? It is kept in the record.", { minlength: 3, maxlength: 500, autocomplete: "off" });
  const go = async (event) => {
    event.preventDefault();
    const { words, what } = parts[choice.value];
    const question = { title: "Delete it for good?", whom: words, where, about: FOR_GOOD, act: "Delete it" };
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
      element("h2", { id: "delete-title" }, "Delete for good"),
      trouble,
      element("p", { class: "quiet" }, where),
      element("label", { for: "delete-what" }, "What?"),
      choice,
      reason.parts,
      element(
        "div",
        { class: "dialog-buttons" },
        small("Cancel", () => dialog.close()),
        element("button", { class: "button small danger", id: "delete-go" }, "Delete …"),
      ),
    ),
  );
  await showDialog(dialog);
  return said;
}

function toldOf(words, { left_designs: left, same_photo_in: same }) {
  const more = [
    left.length && ` It stands no longer for ${left.join(", ")}.`,
    same.length && ` The very same photo stays in ${same.length === 1 ? "another inspection" : `${same.length} inspections`}: ${same.join(", ")}.`,
  ];
  return `Deleted: ${words}.${more.filter(Boolean).join("")}`;
}
