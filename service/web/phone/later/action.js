// A defect that repeats on her pieces, to look at together: what the hub says, her own pieces, what helps, her answer.

import { element, icon } from "../../shared/dom.js";
import { photoFigure } from "../../shared/photo.js";
import { newUuid } from "../../shared/token.js";
import { language, namesOf, say, sayDate, sayNumber } from "../../shared/words.js";
import { backButton } from "../orders.js";
import { whyWord } from "../refusals.js";
import { nameOf, tip } from "../tips.js";
import { canRecord, LONGEST_S, record } from "../voice_note.js";
import { answerTo, changeDraft, dropAnswer, queueAnswer } from "./answers.js";
import "./ready.js";

const TYPED_MS = 300;
const hands = new Map(); // action id → what the disk does not hold: a recorder that runs, a fault
const heard = { kept: null, src: null };

export async function gather(ways, id) {
  const [actions = [], answers = []] = await ways.store.facts("actions", "answers");
  const answer = answerTo(answers, id);
  return { action: actions.find((one) => one.id === id) ?? null, answer, voice: sourceOf(answer), ways };
}

/** An address for the voice that is kept, one at a time. */
function sourceOf(answer) {
  if (heard.kept !== (answer?.kept ?? null)) {
    if (heard.src) URL.revokeObjectURL(heard.src);
    Object.assign(heard, { kept: answer?.kept ?? null, src: answer?.voice ? URL.createObjectURL(answer.voice) : null });
  }
  return heard.src;
}

/** @param {{action: object|null, answer: object|null, voice: string|null, ways: object, picture: (url: string) => string|null}} state */
export function fill(container, state, actions) {
  const { action, answer, voice } = state;
  const pictures = (action?.examples ?? []).map(({ photo_url: url }) => url && state.picture(`${url}?width=320`));
  // What she is typing is no reason to draw its field anew.
  const drawn = JSON.stringify([action, answer?.state, answer?.why, voice, pictures, language()]);
  if (container.dataset.drawn === drawn) return;
  container.dataset.drawn = drawn;
  if (!action) {
    container.replaceChildren(element("p", { class: "card" }, say("action.none")), element("div", { class: "actions" }, backButton(actions)));
    return;
  }
  const asked = action.state === "told" && answer?.state !== "waiting";
  // What was refused is hers to read and to drop, also where it is waited for no more.
  const form = asked || answer?.state === "refused" ? formOf(state, actions) : null;
  const parts = [
    element("h2", {}, say("action.title")),
    whatCard(action),
    standing(action, answer),
    piecesCard(action, pictures),
    helpCard(action),
    saidCard(action),
    form?.card,
    element("div", { class: "actions" }, backButton(actions), asked && form.send),
  ];
  container.replaceChildren(...parts.filter(Boolean));
}

// What the hub says

const counting = ({ steps }) => steps.filter(({ undone, step }) => !undone && step !== "undone");

function whatCard({ defect, due_at: due, state, ...action }) {
  const told = counting(action).filter(({ step }) => step === "told").at(-1);
  return element("section", { class: "card" }, [
    element("p", {}, say("action.seen")),
    element("p", {}, element("strong", {}, nameOf(defect))),
    told?.note && element("p", { class: "note" }, told.note),
    told?.note && element("p", { class: "quiet written" }, say("note.written")),
    state === "told" && due && element("p", { class: "quiet" }, say("action.due", { day: sayDate(due) })),
  ]);
}

/** Where it stands, once she has said something. */
function standing(action, answer) {
  if (answer?.state === "waiting") return note("cloud", say("action.waits"));
  const last = counting(action).at(-1).step;
  const words = {
    answered: () => note("check", say("action.state.answered")),
    watched: () => note("eye", say("action.state.watched")),
    effective: () => note("check", say("action.state.effective")),
    dropped: () => note("check", say("action.state.closed")),
    reopened: () => note("eye", say("action.state.opened")),
  };
  return words[last]?.() ?? null;
}

const note = (name, words) => element("p", { class: "card standing", role: "status" }, icon(name), words);

function piecesCard({ examples, defect }, pictures) {
  const shown = examples.map(({ width, height, marks }, at) => {
    const src = pictures[at];
    return src && photoFigure({ src, heat: null, alt: say("your_photo"), width, height, marks: marks.map((box) => ({ box })) });
  });
  if (!shown.some(Boolean)) return null;
  return element("section", { class: "card", "data-defect": defect }, element("h3", {}, say("action.pieces")), shown);
}

function helpCard({ defect, examples }) {
  const materials = new Set(examples.map(({ material }) => material));
  const helps = tip(defect, materials.size === 1 ? [...materials][0] : null);
  return helps && element("section", { class: "card" }, element("h3", {}, say("action.helps")), helps);
}

/** What she said before; the last comes first. */
function saidCard(action) {
  const said = counting(action).filter(({ step }) => step === "answered").reverse();
  if (!said.length) return null;
  const lines = said.flatMap(({ phrases, note: words, voice_url: voice, voice_removed_at: gone }) => [
    ...phrases.map((key) => say(`changed.${key}`, {}, key)),
    words,
    (voice || gone) && say("action.said"),
  ]);
  const list = lines.filter(Boolean).map((line) => element("p", { class: "note" }, line));
  return element("section", { class: "card" }, element("h3", {}, say("action.yours")), list);
}

// Her answer

const handOf = (id) => {
  if (!hands.has(id)) hands.set(id, { recording: null, fault: null });
  return hands.get(id);
};

function formOf({ action: { id }, answer, voice, ways }, { hold }) {
  const hand = handOf(id);
  const save = (changed) => changeDraft(ways.store, id, changed);
  const field = element("textarea", { class: "field", id: "action-note", rows: 3, maxlength: 1000 });
  field.value = answer?.note ?? "";
  let typed;
  field.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => save({ note: field.value }), TYPED_MS);
  });
  const boxes = namesOf("changed").map((name) => {
    const box = element("input", { type: "checkbox", value: name, id: `changed-${name}` });
    box.checked = answer?.phrases.includes(name) ?? false;
    box.addEventListener("change", () => save({ phrases: chosen() }));
    return box;
  });
  const chosen = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  const fault = element("p", { class: "stop-text", role: "alert", hidden: true });
  const tell = (word) => Object.assign(fault, { hidden: !word, textContent: word ? say(word) : "" });
  const refused = answer?.state === "refused";
  const drop = refused && element("button", { class: "button wide", type: "button", onclick: () => dropAnswer(ways.store, id).then(ways.onChange) }, icon("bin"), say("discard"));
  const card = element(
    "section",
    { class: "card whose said" },
    element("h3", {}, say("action.ask")),
    refused && element("p", { class: "stop-text" }, `${say("action.refused")} ${say(whyWord(answer.why))}`),
    element("p", { class: "quiet" }, say("action.ask.more")),
    boxes.map((box) => element("label", { class: "choice" }, box, say(`changed.${box.value}`))),
    element("label", { for: "action-note" }, say("action.write")),
    field,
    voiceRow(hand, voice, { save, hold, tell, onChange: ways.onChange }),
    fault,
    drop,
  );
  async function answerNow() {
    clearTimeout(typed);
    await save({ phrases: chosen(), note: field.value });
    if (!(await queueAnswer(ways.store, id))) return tell("action.empty");
    ways.queue.nudge();
    return ways.onChange();
  }
  const send = element("button", { class: "button main", type: "button", id: "action-send", onclick: answerNow }, icon("send"), say("action.send"));
  return { card, send };
}

function voiceRow(hand, src, { save, hold, tell, onChange }) {
  const row = element("div", { class: "voice" });
  const keep = (voice) => save({ voice, kept: voice && newUuid() }).then(onChange);
  const button = (name, word, onclick, look = "button") => element("button", { class: look, type: "button", onclick }, icon(name), say(word));
  const draw = () => row.replaceChildren(...parts().filter(Boolean));
  function parts() {
    if (hand.recording) return [recordingRow(hand.recording)];
    if (!src) return [canRecord() && button("mic", "action.speak", begin, "button wide")];
    const player = element("audio", { src, controls: true, preload: "metadata", "aria-label": say("action.speak") });
    return [element("div", { class: "kept" }, player, element("button", { class: "button plain", type: "button", "aria-label": say("contest.drop"), onclick: () => keep(null) }, icon("bin")))];
  }
  async function begin() {
    tell(null);
    try {
      hand.recording = { seconds: 0 };
      hold(true);
      draw();
      const { stop, done } = await record((seconds) => {
        Object.assign(hand.recording, { seconds }).show?.();
        if (!row.isConnected || row.offsetParent === null) stop(); // she left the page
      });
      hand.recording.stop = stop;
      await keep(await done);
    } catch (error) {
      tell(error?.name === "NotAllowedError" ? "contest.no_microphone" : "contest.no_sound");
    } finally {
      hand.recording = null;
      hold(false);
      draw();
    }
  }
  draw();
  return row;
}

function recordingRow(recording) {
  const time = element("span", { class: "clock" });
  const bar = element("progress", { max: LONGEST_S, "aria-label": say("contest.speaking") });
  recording.show = () => {
    time.textContent = `${sayNumber(Math.floor(recording.seconds))} / ${sayNumber(LONGEST_S)}`;
    bar.value = recording.seconds;
  };
  recording.show();
  const stop = element("button", { class: "button main wide", type: "button", onclick: () => recording.stop?.() }, icon("square"), say("contest.stop"));
  return element("div", { class: "recording" }, element("p", {}, element("span", { class: "live" }), say("contest.speaking"), " ", time), bar, stop);
}
