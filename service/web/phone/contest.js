// She sees it differently: one tap asks the hub to look again; a voice note or a second photo may go with it. What
// becomes of it is shown on the same page: on the phone, at the hub, decided, or refused and hers again.

import { element, icon } from "../shared/dom.js";
import { say, sayNumber, sayTime } from "../shared/words.js";
import { Unreadable } from "./foreign.js";
import { whyWord } from "./refusals.js";
import { isPoor } from "./seen.js";
import { isFull } from "./store.js";
import { canRecord, LONGEST_S, record } from "./voice_note.js";

const CONTESTABLE = ["pending", "rework", "rejected"];
const hands = new Map(); // piece id → what the disk does not hold: a recorder that runs, what found no room, a fault

/**
 * The course of what she sent, the offer to contest, or both where something is left over; [] where there is neither.
 * @param {{contest: {voice?: string, photo?: string|null, raw: boolean}|null}} piece its draft, as addresses
 */
export function contestCards(piece, actions) {
  const { inspection, appeal, contest } = piece;
  const course = courseOf(inspection?.appeal, appeal);
  const refused = appeal?.state === "refused";
  const contestable = CONTESTABLE.includes(inspection?.status) || inspection?.may_go_to_person === true;
  const open = contestable && course !== "phone" && course !== "hub";
  const left = contest || hasUnkept(handOf(piece.id));
  const offered = actions.onContest && (left || (!course && (open || refused)));
  return [course && courseCard(course, piece), offered && offerCard(piece, { open, refused }, actions)].filter(Boolean);
}

// The course

/** "phone", "hub", "overturned" or "upheld"; null where nothing is on its way. What the hub holds, it did not refuse. */
function courseOf(stored, queued) {
  if (queued?.state === "waiting" && queued.id !== stored?.id) return "phone";
  if (stored) return stored.outcome === "waiting" ? "hub" : stored.outcome;
  return queued?.state === "sent" ? "hub" : null;
}

const STEPS = { phone: 0, hub: 1, overturned: 2, upheld: 2 };
const STEP_ICONS = ["cloud", "eye", "clock"];
const DECIDED = { overturned: "contest.overturned", upheld: "contest.upheld" };

/** What a flag is contested with, or a piece sent to a person though its photo was not good enough. */
const wayOf = (inspection) => (inspection && isPoor(inspection) ? PERSON : CONTEST);

const CONTEST = {
  title: "contest.title",
  hub: "contest.hub",
  looked: "contest.looked",
  offer: "contest.offer",
  more: "contest.offer.more",
  note: "contest.note",
  send: "contest.send",
};
const PERSON = {
  title: "person.title",
  hub: "person.hub",
  looked: "hub.looked",
  offer: "person.offer",
  more: "person.offer.more",
  note: "person.note",
  send: "person.send",
};

function courseCard(course, { inspection, online }) {
  const way = wayOf(inspection);
  const at = STEPS[course];
  const decided = at === 2;
  const words = [
    say(at > 0 ? "contest.sent" : online === false ? "contest.phone" : "state.sending"),
    say(decided ? way.looked : way.hub),
    decided && way === PERSON ? say(`status.${inspection.status}`) : say(DECIDED[course] ?? "contest.decided"),
  ];
  const steps = words.map((word, step) => {
    const state = step < at || decided ? "done" : step === at ? "now" : "ahead";
    return element(
      "li",
      { class: state, "aria-current": step === at ? "step" : null },
      element("span", { class: "step" }, icon(state === "done" ? "check" : step === 0 && online !== false ? "send" : STEP_ICONS[step])),
      element("span", {}, word),
    );
  });
  const review = inspection?.review;
  return element(
    "section",
    { class: `card contest ${course}` },
    element("h3", {}, say(way.title)),
    element("ol", { class: "course" }, steps),
    ...(course === "upheld" ? whyOf(review) : []),
    decided && inspection.appeal.decided_at && element("p", { class: "quiet" }, sayTime(inspection.appeal.decided_at)),
  );
}

/** Why it stays, in the hub's words. */
function whyOf(review) {
  const phrases = (review?.phrases ?? []).map((key) => say(`phrase.${key}`, {}, key));
  const said = [...phrases, review?.note].filter(Boolean).join(" ");
  if (!said) return [element("p", {}, say("contest.upheld.more"))];
  return [
    element("p", {}, `${say("from_hub")} ${said}`),
    review.note && element("p", { class: "quiet written" }, say("note.written")),
  ].filter(Boolean);
}

// The offer

const handOf = (id) => {
  if (!hands.has(id)) hands.set(id, { id, recording: null, unkept: {}, fault: null });
  return hands.get(id);
};

const hasUnkept = ({ unkept }) => Object.keys(unkept).length > 0;

function offerCard(piece, how, actions) {
  const hand = handOf(piece.id);
  hand.camera ??= cameraOf(hand); // one that outlives the card: a file may come after the page was drawn anew
  const card = element("section", { class: "card contest offer" });
  const redraw = () => card.replaceChildren(...offer(hand, piece, how, actions));
  Object.assign(hand, { card, actions, redraw }); // the card in sight is the one that follows the recorder
  redraw();
  return card;
}

function cameraOf(hand) {
  const camera = element("input", { type: "file", accept: "image/*", capture: "environment", hidden: true });
  camera.addEventListener("cancel", () => hand.actions.onCamera(null));
  camera.addEventListener("change", async () => {
    const [file] = camera.files;
    camera.value = "";
    if (file) await keep(hand, "photo", file);
    hand.actions.onCamera(null);
  });
  return camera;
}

function openCamera(hand) {
  hand.actions.onCamera(hand.id);
  hand.camera.click();
}

/** The page was killed while the camera was open for this piece: its photo is gone, and that is said. */
export function cameraKilled(id) {
  handOf(id).fault = "camera.killed";
}

function offer(hand, piece, { open, refused }, actions) {
  const voice = hand.unkept.voice?.url ?? piece.contest?.voice;
  const photo = hand.unkept.photo?.url ?? piece.contest?.photo;
  const preparing = piece.contest?.raw && !hand.unkept.photo;
  const extras = open &&
    actions.onKeepPart &&
    !hand.recording && [
      canRecord() && !voice && button("mic", "contest.voice", () => begin(hand)),
      !photo && !preparing && button("camera", "contest.photo", () => openCamera(hand)),
    ];
  return [
    ...openingOf(piece, { open, refused }),
    hand.camera,
    hand.recording && recordingRow(hand),
    voice && keptRow(hand, "voice", element("audio", { src: voice, controls: true, preload: "metadata", "aria-label": say("contest.voice") })),
    photo && keptRow(hand, "photo", element("img", { src: photo, alt: say("contest.photo") })),
    preparing && element("p", { class: "quiet", role: "status" }, say("preparing")),
    extras && extras.some(Boolean) && element("div", { class: "extras" }, extras),
    hand.fault && element("p", { class: "stop-text", role: "alert" }, say(hand.fault, hand.named)),
    hasUnkept(hand) && button("again", "try_again", () => keepAgain(hand), { class: "button wide", "data-key": "keep-again" }),
    ...endOf(hand, piece, { open, refused, preparing }),
  ].filter(Boolean);
}

function openingOf({ appeal, inspection }, { open, refused }) {
  const way = wayOf(inspection);
  if (refused) {
    return [
      element("h3", {}, say(way.title)),
      element("p", { class: "stop-text" }, `${say("contest.refused")} ${say(whyWord(appeal.why))}`),
    ];
  }
  if (!open) return [element("h3", {}, say("contest.left"))];
  return [element("h3", {}, say(way.offer)), element("p", { class: "quiet" }, say(way.more))];
}

function endOf(hand, { inspection }, { open, refused, preparing }) {
  const way = wayOf(inspection);
  const disabled = hand.recording || preparing || hasUnkept(hand);
  const look = { class: "button wide", disabled };
  return [
    open && button("ask", refused ? "contest.send_again" : way.send, () => send(hand, way), look),
    (refused || !open) && button("bin", "discard", () => forget(hand), look),
  ];
}

function button(iconName, word, onclick, attributes = {}) {
  return element(
    "button",
    { class: "button", type: "button", onclick, "data-key": word, ...attributes },
    icon(iconName),
    say(word),
  );
}

/** Onto the disk; what finds no room there stays in hand. */
async function keep(hand, part, blob) {
  hand.fault = null;
  try {
    await hand.actions.onKeepPart(hand.id, part, blob);
    letGo(hand, part);
  } catch (error) {
    if (!(error instanceof Unreadable)) hand.unkept[part] ??= { blob, url: URL.createObjectURL(blob) };
    hand.fault = faultOf(error);
    hand.named = error?.values ?? {};
  }
  hand.redraw();
}

async function keepAgain(hand) {
  for (const [part, { blob }] of Object.entries(hand.unkept)) await keep(hand, part, blob);
}

function faultOf(error) {
  if (isFull(error)) return "contest.full";
  if (error instanceof Unreadable) return error.word;
  console.error(error);
  return "problem";
}

function letGo(hand, part) {
  if (hand.unkept[part]) URL.revokeObjectURL(hand.unkept[part].url);
  delete hand.unkept[part];
}

const keptRow = (hand, part, shown) => element("div", { class: "kept" }, shown, dropButton(() => drop(hand, part)));

const dropButton = (onclick) =>
  element("button", { class: "button plain", type: "button", "aria-label": say("contest.drop"), onclick }, icon("bin"));

function drop(hand, part) {
  letGo(hand, part);
  if (!hasUnkept(hand)) hand.fault = null;
  hand.redraw();
  return hand.actions.onDropPart(hand.id, part);
}

function forget(hand) {
  hand.fault = null;
  return hand.actions.onDropContest(hand.id);
}

async function send(hand, { note }) {
  hand.fault = null;
  try {
    await hand.actions.onContest(hand.id, { note: say(note) });
  } catch (error) {
    hand.fault = faultOf(error); // what she said stays a draft
    hand.redraw();
  }
}

// The voice

async function begin(hand) {
  const { hold } = hand.actions;
  hand.fault = null;
  try {
    hand.recording = { seconds: 0 };
    hold?.(true);
    hand.redraw();
    const { stop, done } = await record((seconds) => {
      hand.recording.seconds = seconds;
      hand.recording.show?.();
      if (!hand.card.isConnected || hand.card.offsetParent === null) hand.recording.stop?.(); // she left the page
    });
    hand.recording.stop = stop;
    await keep(hand, "voice", await done);
  } catch (error) {
    hand.fault = error?.name === "NotAllowedError" ? "contest.no_microphone" : "contest.no_sound";
  } finally {
    hand.recording = null;
    hold?.(false);
    hand.redraw();
  }
}

const clockOf = (seconds) => `${sayNumber(Math.floor(seconds))} / ${sayNumber(LONGEST_S)}`;

function recordingRow(hand) {
  const time = element("span", { class: "clock" }, clockOf(hand.recording.seconds));
  const bar = element("progress", { max: LONGEST_S, value: hand.recording.seconds, "aria-label": say("contest.speaking") });
  hand.recording.show = () => {
    time.textContent = clockOf(hand.recording.seconds);
    bar.value = hand.recording.seconds;
  };
  return element(
    "div",
    { class: "recording" },
    element("p", {}, element("span", { class: "live" }), say("contest.speaking"), " ", time),
    bar,
    button("square", "contest.stop", () => hand.recording?.stop?.(), { class: "button main wide" }),
  );
}
