// She sees it differently: one tap asks the hub to look again; a voice note or a second photo may go with it. What
// becomes of it is shown on the same page: on the phone, at the hub, decided.

import { element, icon } from "../shared/dom.js";
import { say, sayNumber, sayTime } from "../shared/words.js";
import { shrinkPhoto } from "./shrink.js";
import { canRecord, LONGEST_S, record } from "./voice_note.js";

const CONTESTABLE = ["pending", "rework", "rejected"];
const drafts = new Map(); // piece id → what will go with her contest; it outlives every refill of the page

const draftOf = (id) => {
  if (!drafts.has(id)) drafts.set(id, { voice: null, photo: null, recording: null, fault: null, draw: () => {} });
  return drafts.get(id);
};

/** The offer, or the course of what she sent; null where there is nothing to contest. */
export function contestCard(piece, actions) {
  const { inspection, appeal } = piece;
  const course = courseOf(inspection?.appeal, appeal);
  if (course) return courseCard(course, inspection, appeal);
  if (!actions.onContest || !CONTESTABLE.includes(inspection?.status)) return null;
  return offerCard(piece, actions);
}

// The course

/** "phone", "hub", "overturned", "upheld" or "refused"; null where she has not contested. */
export function courseOf(stored, queued) {
  if (queued?.state === "refused") return "refused";
  if (queued && queued.state !== "sent" && queued.id !== stored?.id) return "phone";
  if (stored) return stored.outcome === "waiting" ? "hub" : stored.outcome;
  return queued ? "hub" : null;
}

const STEPS = { phone: 0, refused: 0, hub: 1, overturned: 2, upheld: 2 };
const STEP_ICONS = ["cloud", "eye", "clock"];
const DECIDED = { overturned: "contest.overturned", upheld: "contest.upheld" };

function courseCard(course, inspection, queued) {
  const at = STEPS[course];
  const decided = at === 2;
  const words = [
    at > 0 ? "contest.sent" : "contest.phone",
    decided ? "contest.looked" : "contest.hub",
    DECIDED[course] ?? "contest.decided",
  ];
  const steps = words.map((word, step) => {
    const state = step < at || decided ? "done" : step === at ? "now" : "ahead";
    return element(
      "li",
      { class: state, "aria-current": step === at ? "step" : null },
      element("span", { class: "step" }, icon(state === "done" ? "check" : STEP_ICONS[step])),
      element("span", {}, say(word)),
    );
  });
  const why = inspection?.review?.note;
  return element(
    "section",
    { class: `card contest ${course}` },
    element("h3", {}, say("contest.title")),
    element("ol", { class: "course" }, steps),
    course === "refused" && element("p", { class: "stop-text" }, [say("contest.refused"), queued.why].join(" ")),
    course === "upheld" && element("p", {}, why ? `${say("from_hub")} ${why}` : say("contest.upheld.more")),
    decided && inspection.appeal.decided_at && element("p", { class: "quiet" }, sayTime(inspection.appeal.decided_at)),
  );
}

// The offer

function offerCard(piece, actions) {
  const draft = draftOf(piece.id);
  const card = element("section", { class: "card contest" });
  const redraw = () => card.replaceChildren(...offer(draft, { ...actions, redraw: () => draft.draw() }, piece));
  Object.assign(draft, { card, draw: redraw }); // the card in sight is the one that follows the recorder
  redraw();
  return card;
}

function offer(draft, actions, piece) {
  const camera = element("input", { type: "file", accept: "image/*", capture: "environment", hidden: true });
  camera.addEventListener("change", () => addPhoto(draft, camera.files[0], actions));
  const extras = [
    canRecord() && !draft.voice && !draft.recording && button("mic", "contest.voice", () => begin(draft, actions)),
    !draft.photo && !draft.recording && button("camera", "contest.photo", () => camera.click()),
  ].filter(Boolean);
  return [
    element("h3", {}, say("contest.offer")),
    element("p", { class: "quiet" }, say("contest.offer.more")),
    camera,
    draft.recording && recordingRow(draft),
    draft.voice && voiceRow(draft, actions),
    draft.photo && photoRow(draft, actions),
    extras.length > 0 && element("div", { class: "extras" }, extras),
    draft.fault && element("p", { class: "stop-text", role: "alert" }, say(draft.fault)),
    button("ask", "contest.send", () => send(draft, actions, piece), { class: "button wide", disabled: draft.recording }),
  ].filter(Boolean);
}

function button(iconName, word, onclick, attributes = {}) {
  return element(
    "button",
    { class: "button", type: "button", onclick, "data-key": word, ...attributes },
    icon(iconName),
    say(word),
  );
}

async function begin(draft, actions) {
  draft.fault = null;
  try {
    draft.recording = { seconds: 0 };
    actions.hold?.(true);
    actions.redraw();
    const { stop, done } = await record((seconds) => {
      draft.recording.seconds = seconds;
      draft.recording.show?.();
      if (!draft.card.isConnected || draft.card.offsetParent === null) draft.recording.stop?.(); // she left the page
    });
    draft.recording.stop = stop;
    const blob = await done;
    draft.voice = { blob, url: URL.createObjectURL(blob) };
  } catch (error) {
    draft.fault = error?.name === "NotAllowedError" ? "contest.no_microphone" : "contest.no_sound";
  } finally {
    draft.recording = null;
    actions.hold?.(false);
    actions.redraw();
  }
}

const clockOf = (seconds) => `${sayNumber(Math.floor(seconds))} / ${sayNumber(LONGEST_S)}`;

function recordingRow(draft) {
  const time = element("span", { class: "clock" }, clockOf(draft.recording.seconds));
  const bar = element("progress", { max: LONGEST_S, value: draft.recording.seconds, "aria-label": say("contest.speaking") });
  draft.recording.show = () => {
    time.textContent = clockOf(draft.recording.seconds);
    bar.value = draft.recording.seconds;
  };
  return element(
    "div",
    { class: "recording" },
    element("p", {}, element("span", { class: "live" }), say("contest.speaking"), " ", time),
    bar,
    button("square", "contest.stop", () => draft.recording?.stop?.(), { class: "button main wide" }),
  );
}

function voiceRow(draft, actions) {
  const { url } = draft.voice;
  return element(
    "div",
    { class: "kept" },
    element("audio", { src: url, controls: true, preload: "metadata", "aria-label": say("contest.voice") }),
    dropButton(() => {
      URL.revokeObjectURL(url);
      draft.voice = null;
      actions.redraw();
    }),
  );
}

async function addPhoto(draft, file, actions) {
  if (!file) return;
  draft.fault = null;
  try {
    const { photo } = await shrinkPhoto(file);
    draft.photo = { blob: photo, url: URL.createObjectURL(photo) };
  } catch {
    draft.fault = "unreadable";
  }
  actions.redraw();
}

function photoRow(draft, actions) {
  const { url } = draft.photo;
  return element(
    "div",
    { class: "kept" },
    element("img", { src: url, alt: say("contest.photo") }),
    dropButton(() => {
      URL.revokeObjectURL(url);
      draft.photo = null;
      actions.redraw();
    }),
  );
}

const dropButton = (onclick) =>
  element("button", { class: "button plain", type: "button", "aria-label": say("contest.drop"), onclick }, icon("bin"));

async function send(draft, actions, piece) {
  const { voice, photo } = draft;
  try {
    await actions.onContest(piece.id, {
      note: say("contest.note"),
      voice: voice?.blob ?? null,
      photo: photo?.blob ?? null,
    });
  } catch {
    draft.fault = "problem"; // what she said stays in hand
    actions.redraw();
    return;
  }
  drafts.delete(piece.id);
  for (const kept of [voice, photo]) if (kept) URL.revokeObjectURL(kept.url);
}
