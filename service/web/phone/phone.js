// The artisan's app: which screen is in sight, what she does there, and what wakes the queue.
//
// A screen is a module with fill(container, state, actions), called whenever something changed while it is in sight.

import { find, loadIcons } from "../shared/dom.js";
import { Token } from "../shared/token.js";
import { fillWords, language, languageIsChecked, loadWords, say, useLanguage } from "../shared/words.js";
import { fill as fillCamera } from "./camera.js";
import { codeFromLink, enrol, phoneTag, readTyped } from "./enrol.js";
import { fill as fillHome } from "./home.js";
import { Known } from "./known.js";
import { drawLine } from "./line.js";
import { News } from "./news.js";
import { fill as fillOrders } from "./orders.js";
import { fill as fillPiece } from "./piece.js";
import { Queue } from "./queue.js";
import { askToBeKept, makeRoom, roomLeft } from "./room.js";
import { Shots, Unreadable } from "./shots.js";
import { speechToggle } from "./speak.js";
import { isFull, Store } from "./store.js";
import { watchForUpdate } from "./update.js";
import { Problem, Wire } from "./wire.js";
import { fill as fillWorkshop } from "./workshop.js";

const NEWS_EVERY_MS = 5 * 60_000;
const TAKING = "ubora.taking"; // the camera is open, for this work; still there at the next start: the page was killed

const token = new Token(localStorage, "ubora.token");
const api = new Wire(token, { photosKept: 12 });
const others = new BroadcastChannel("ubora");
const store = await Store.open(() => offerUpdate(() => location.reload()));
const shots = new Shots(store, phoneTag(), { onChange: changed, onFinished: pieceFinished });
const known = new Known(store, api, shots, () => redraw());
const news = new News(store, api);
const queue = new Queue(store, api, { onChange: changed, onUnknown: askForCode, onSent: () => refresh() });

let sight = { screen: "wait", id: null };
let state = { counts: { waiting: 0, sent: 0, refused: 0 }, storage: { low: false }, pieces: [], designs: [], lots: [] };
let held = false; // a screen asked not to be filled again: something in it must not be disturbed
let saying = null; // what went wrong with the last photo, until the next
let unkept = null; // a photo that found no room: {file, work}
let storage = { low: false, persisted: false };

// What is in sight

const SCREENS = {
  home: fillHome,
  orders: fillOrders,
  camera: fillCamera,
  piece: (container, { piece, designs, photos, online }, to) => {
    const design = designs.find(({ id }) => id === piece?.design) ?? null;
    if (piece) fillPiece(container, { piece, design, photos, online }, to);
  },
  workshop: (container, { summary, counts, designs }, to) =>
    fillWorkshop(container, { summary, pieces: counts, designs }, to),
};
const EVERY = ["wait", "trouble", "enter", ...Object.keys(SCREENS).map((name) => `screen-${name}`)];

function show(screen, id = null) {
  sight = { screen, id };
  held = false;
  const name = SCREENS[screen] ? `screen-${screen}` : screen;
  return redraw().then(() => {
    if (sight.screen !== screen || sight.id !== id) return;
    for (const other of EVERY) find(`#${other}`).hidden = other !== name;
    scrollTo(0, 0);
  });
}

function go(screen, id = null, { replace = false } = {}) {
  if (screen === sight.screen && id === sight.id) return redraw();
  history[replace ? "replaceState" : "pushState"]({ screen, id }, "");
  return show(screen, id);
}

const onBack = () => (history.state ? history.back() : show("home"));

addEventListener("popstate", (event) => {
  if (!token.get()) return;
  saying = null;
  show(event.state?.screen ?? "home", event.state?.id ?? null);
});

let drawing = null;
let stale = false;

/** As often as it is asked for, but never twice side by side. */
function redraw() {
  if (drawing) {
    stale = true;
    return drawing;
  }
  drawing = (async () => {
    do {
      stale = false;
      const found = await known.gather(sight);
      state = { ...found, online: api.reached, storage, saying, unkept };
      if (state.piece) state.piece = { ...state.piece, progress: queue.progress.get(state.piece.id) ?? null };
    } while (stale);
    drawing = null;
    draw();
  })();
  return drawing;
}

function draw() {
  find("#workshop").textContent = state.me?.name ?? "Ubora";
  drawLine(find("#line"), state);
  find("#low").hidden = !storage.low;
  if (held || !SCREENS[sight.screen]) return;
  const container = find(`#screen-${sight.screen}`);
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key ? `[data-key="${focused.dataset.key}"]` : focused?.id ? `#${focused.id}` : null;
  SCREENS[sight.screen](container, state, actions);
  if (key && !focused.isConnected) find(key, container)?.focus();
}

function changed() {
  others.postMessage("changed");
  return redraw();
}

others.addEventListener("message", () => redraw());

// What she does

const workInHand = () => {
  const { design, lot, views } = state.work;
  return { design: design.id, lot: lot?.id ?? null, views };
};

/** @param {object} work {design, lot, views, piece?} */
function open(input, work) {
  localStorage.setItem(TAKING, JSON.stringify(work));
  saying = null;
  find(input).click();
  if (sight.screen !== "camera") go("camera", null, { replace: sight.screen === "piece" });
}

const opener = (input) => () => (state.draft || state.work ? open(input, state.draft ?? workInHand()) : go("orders"));

function onAgain(id) {
  const piece = state.pieces.find((known_) => known_.id === id);
  const { design, lot, views, piece: mark } = piece;
  open("#camera", { design, lot, views, piece: mark, replaces: id });
}

async function photoChosen(event) {
  const [file] = event.target.files;
  event.target.value = "";
  const work = readTaking() ?? (state.work && workInHand());
  localStorage.removeItem(TAKING);
  if (!file) return;
  if (!state.draft && !work) return go("orders");
  await keep(file, work);
}

/** The photo goes to the disk before the screen changes. */
async function keep(file, work) {
  saying = unkept = null;
  const keeping = shots.keep(file, { ...work, microfactory: state.me.microfactory });
  if (sight.screen !== "camera") go("camera", null, { replace: sight.screen === "piece" });
  try {
    await keeping;
  } catch (error) {
    if (isFull(error)) unkept = { file, work };
    else if (!(error instanceof Unreadable)) console.error(error);
    saying = isFull(error) ? "room.full" : error instanceof Unreadable ? "unreadable" : "problem";
  }
  await lookForRoom();
  redraw();
}

function readTaking() {
  const taking = localStorage.getItem(TAKING);
  return taking ? JSON.parse(taking) : null;
}

function pieceFinished(id) {
  if (sight.screen === "camera") go("piece", id, { replace: true });
  queue.nudge();
}

async function onDiscard(id) {
  if (!confirm(say("discard.sure"))) return;
  await queue.discard(id);
  if (sight.screen !== "home") onBack();
}

const actions = {
  go,
  onBack,
  onAgain,
  onDiscard,
  onTake: opener("#camera"),
  onChoose: opener("#picture"),
  onKeepAgain: () => keep(unkept.file, unkept.work),
  onSendAnyway: (id) => shots.acceptFaults(id),
  onSend: (id) => queue.sendAgain(id),
  onContest: (id, said) => queue.queueAppeal(id, said),
  onChooseWork: async (work) => {
    await store.note("work", work);
    await changed();
    history.state ? history.back() : show("home");
    refresh({ all: true });
  },
  hold: (on) => {
    held = on;
    if (!on) redraw();
  },
};

// The hub

async function refresh(how) {
  if (!token.get()) return;
  try {
    await news.fetch(how);
  } catch (error) {
    if (error.status === 401) askForCode();
    else if (!error.passing) console.error(error);
  }
  changed();
}

/** The token is no good any more. Nothing is dropped: what waits is sent with the next one. */
function askForCode(word = "enter.refused") {
  token.forget();
  find("#enter-refused").hidden = !word;
  find("#enter-refused").dataset.word = word ?? "";
  fillWords(find("#enter"));
  show("enter");
}

async function enter({ code, token: given }) {
  show("wait");
  try {
    if (code) await enrol(api, code);
    else token.set(given);
    const me = await api.get("/v1/me");
    if (!me.microfactory) return askForCode("enter.not_workshop");
    await moveTo(me.microfactory);
  } catch (error) {
    if (error.status === 404 || error.status === 401 || error.status === 422) return askForCode("enter.refused");
    return showTrouble(error, () => enter({ code, token: given }));
  }
  return begin();
}

/** Another workshop's figures and orders are not for this one; its pieces stay until it is back. */
async function moveTo(microfactory) {
  const before = await store.fact("me");
  if (before?.microfactory === microfactory) return;
  await store.change(["facts"], async (tx) => {
    for (const fact of ["summary", "news", "lots", "work"]) await tx.remove("facts", fact);
    await tx.put("facts", { microfactory, name: microfactory }, "me");
  });
}

let tryAgain = () => {};

function showTrouble(error, again) {
  if (!(error instanceof Problem) && !error.passing) console.error(error);
  find("#trouble-text").textContent = error instanceof Problem ? error.message : say("no_network");
  tryAgain = again;
  show("trouble");
}

// Start

async function start() {
  history.replaceState(null, ""); // after a reload the app begins at home
  const code = codeFromLink();
  if (code) return enter({ code });
  if (token.takeFromLink()) return enter({ token: token.get() });
  if (!token.get()) return askForCode(null);
  if (!(await store.fact("me"))) return enter({ token: token.get() });
  return begin();
}

let begun = false;

async function begin() {
  const killed = readTaking() !== null;
  const { draft } = await known.gather({ screen: "home", id: null });
  if (killed && !draft?.photos.length) saying = "camera.killed";
  await show("home");
  if (killed || draft) go("camera");
  if (!begun) queue.start();
  else queue.nudge();
  begun = true;
  shots.resume();
  refresh({ all: true });
  lookForRoom();
}

async function lookForRoom() {
  storage = { ...(await roomLeft()), persisted: await askToBeKept() };
  await makeRoom(store, storage.low ? 10 : undefined);
  redraw();
}

function offerUpdate(take) {
  find("#update").hidden = false;
  find("#update-go").onclick = take;
}

function speak() {
  fillWords();
  find("#speech").replaceChildren(speechToggle());
  const other = language() === "sw" ? "en" : "sw";
  Object.assign(find("#language"), { textContent: other === "sw" ? "Kiswahili" : "English", lang: other });
  find("#draft").hidden = languageIsChecked();
  draw();
}

find("#language").addEventListener("click", () => {
  useLanguage(language() === "sw" ? "en" : "sw", { keep: true });
  speak();
});
for (const id of ["camera", "picture"]) {
  find(`#${id}`).addEventListener("change", photoChosen);
  find(`#${id}`).addEventListener("cancel", () => localStorage.removeItem(TAKING));
}
find("#trouble-again").addEventListener("click", () => tryAgain());
addEventListener("online", () => (sight.screen === "trouble" ? tryAgain() : refresh()));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
setInterval(() => document.visibilityState === "visible" && refresh(), NEWS_EVERY_MS);
find("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(readTyped(find("#enter-code").value));
  find("#enter-code").value = "";
});
addEventListener("hashchange", start);
addEventListener("offline", () => {
  api.reached = false;
  redraw();
});
api.onReached = redraw;

await Promise.all([loadWords(), loadIcons(), loadIcons(new URL("drawings.svg", import.meta.url))]);
speak();
await start();
watchForUpdate(offerUpdate);
