// The artisan's app: which screen is in sight, what she does there, and what wakes the queue.
//
// A screen is a module with fill(container, state, actions), called whenever something changed while it is in sight.

import { find, loadIcons } from "../shared/dom.js";
import { Token } from "../shared/token.js";
import { fillWords, language, languageIsChecked, loadWords, say, useLanguage } from "../shared/words.js";
import { fill as fillCamera } from "./camera.js";
import { consentKnown, isUnasked } from "./consent.js";
import { cameraKilled } from "./contest.js";
import { deedsOf } from "./actions.js";
import { Download } from "./download.js";
import { codeFromLink, enrol, phoneTag, readTyped } from "./enrol.js";
import { fill as fillHome } from "./home.js";
import { Known } from "./known.js";
import { drawLine } from "./status_line.js";
import { News } from "./news.js";
import { fill as fillOrders } from "./orders.js";
import { fill as fillPiece } from "./piece.js";
import { Queue } from "./queue.js";
import { whyWord } from "./refusals.js";
import { askToBeKept, KEPT_WHEN_FULL, makeRoom, roomLeft } from "./storage_quota.js";
import { gatherLater, Screens } from "./screens.js";
import { Shots } from "./shots.js";
import { speechToggle } from "./speak.js";
import { Store } from "./store.js";
import { Taking } from "./taking.js";
import { fill as fillUnfinished } from "./unfinished.js";
import { watchForUpdate } from "./update.js";
import { fill as fillWhose } from "./whose.js";
import { holderOf, Problem, Wire } from "./wire.js";
import { fill as fillWorkshop } from "./workshop.js";

const NEWS_EVERY_MS = 5 * 60_000;

const token = new Token(localStorage, "ubora.token");
const api = new Wire(token, { photosKept: 12 });
const others = new BroadcastChannel("ubora");
const store = await Store.open(outdated);
const shots = new Shots(store, phoneTag(), {
  onChange: changed,
  onFinished: pieceFinished,
  onReplaced: (piece) => queue.dropUploads(piece),
});
const known = new Known(store, api, shots, () => screens.redraw());
const taking = new Taking(store, shots, { toCamera, onSettled: photoSettled });
const news = new News(store, api);
const download = new Download(store, api, () => screens.redraw());
const queue = new Queue(store, api, { onChange: changed, onUnknown: askForCode, onSent: refresh });

let storage = { low: false };

// What is in sight

const FILLS = {
  home: fillHome,
  orders: fillOrders,
  camera: fillCamera,
  unfinished: fillUnfinished,
  piece: (container, { piece, designs, photos, picture, online }, to) => {
    const design = designs.find(({ id }) => id === piece?.design) ?? null;
    const nameOf = (id) => designs.find((one) => one.id === id)?.name ?? id;
    if (piece) fillPiece(container, { piece, design, nameOf, photos, picture, online }, to);
  },
  whose: fillWhose,
  workshop: (container, { summary, counts, designs }, to) =>
    fillWorkshop(container, { summary, pieces: counts, designs }, to),
};

const screens = new Screens(FILLS, { gather, frame });
screens.onBack = ({ screen, id }) => {
  if (!token.get()) return;
  if (screens.sight.screen === "camera") taking.leave();
  screens.show(screen, id);
};

async function gather(sight) {
  const { saying, named, unkept } = taking;
  const found = { ...(await known.gather(sight)), online: api.reached, storage, saying, named, unkept, asked: sight.id };
  if (sight.screen === "whose") Object.assign(found, { whose: await consentKnown(store), archive: download.state });
  Object.assign(found, await gatherLater(sight, { store, api, queue, onChange: changed }));
  if (found.piece) found.piece = { ...found.piece, progress: queue.progress.get(found.piece.id) ?? null };
  return found;
}

function frame(state) {
  find("#workshop").textContent = state.me?.name ?? "Ubora";
  drawLine(find("#line"), state);
  find("#low").hidden = !storage.low;
}

function changed() {
  others.postMessage("changed");
  return screens.redraw();
}

others.addEventListener("message", () => screens.redraw());

// What she does

function toCamera() {
  if (screens.sight.screen !== "camera") screens.go("camera", null, { replace: screens.sight.screen === "piece" });
}

function pieceFinished(id) {
  if (screens.sight.screen === "camera") screens.go("piece", id, { replace: true });
  queue.nudge();
}

/** Its orders' samples are wanted now. */
async function workChosen() {
  await changed();
  refresh({ all: true });
}

const { actions, photoChosen } = deedsOf({ store, shots, known, taking, queue, screens, onWork: workChosen });
screens.actions = { ...actions, onArchive: download.begin };

// The hub

let fetching = null;
let wanted = null;

/** One after the other: what happened while the hub was answering may not be in its answers. */
function refresh(how = {}) {
  if (!token.get()) return;
  if (fetching) {
    wanted = { ...wanted, ...how };
    return;
  }
  fetching = news
    .fetch(how)
    .catch((error) => {
      if (error.status === 401) askForCode();
      else if (!error.passing) console.error(error);
    })
    .finally(() => {
      fetching = null;
      changed();
      const next = wanted;
      wanted = null;
      if (next) refresh(next);
    });
}

/** The token is no good any more. Nothing is dropped: what waits is sent with the next one. */
function askForCode(word = "enter.refused") {
  token.forget();
  store.note("token", null);
  history.replaceState(null, ""); // the next workshop does not go back to this one's piece
  find("#enter-refused").hidden = !word;
  find("#enter-refused").dataset.word = word ?? "";
  fillWords(find("#enter"));
  screens.show("enter");
}

async function enter({ code, token: given }) {
  screens.show("wait");
  try {
    if (given) token.set(given);
    const microfactory = code ? await enrol(api, code) : (await api.get("/v1/me")).microfactory;
    if (!microfactory) return askForCode("enter.not_workshop");
    await news.moveTo(microfactory, token.get());
  } catch (error) {
    // An old link, or no network, on a phone that is enrolled: it stays so.
    if (code && token.get() && (await store.fact("me"))) return begin();
    if (error.status === 404 || error.status === 401 || error.status === 422) return askForCode("enter.refused");
    return showTrouble(error, () => enter({ code, token: given }));
  }
  return begin();
}

let tryAgain = () => {};

function showTrouble(error, again) {
  if (!(error instanceof Problem) && !error.passing) console.error(error);
  find("#trouble-text").textContent = say(error instanceof Problem ? whyWord(error) : "no_network");
  tryAgain = again;
  screens.show("trouble");
}

// Start

async function start() {
  history.replaceState(null, ""); // after a reload the app begins at home
  const code = codeFromLink();
  if (code) return enter({ code });
  if (token.takeFromLink()) return enter({ token: token.get() });
  const [me, noted] = await store.facts("me", "token");
  // A browser writes localStorage when it likes: killed soon after, it has forgotten who this phone is.
  if (!token.get()) token.set(noted ?? "");
  if (!token.get()) return askForCode(null);
  if (me && noted === undefined) await store.note("token", token.get()); // an older app noted it nowhere else
  // Killed while it changed hands: whose the token is, the hub says.
  else if (!me || token.get() !== noted) return enter({ token: token.get() });
  return begin();
}

/** Once, before there is anything to send. */
async function isAskedNow() {
  const holder = await holderOf(store, api);
  return holder !== null && isUnasked(store, holder);
}

let begun = false;

async function begin() {
  const killed = await taking.wasKilled();
  const { draft, again, pieces } = await known.gather({ screen: "home", id: null });
  const unasked = !(killed || draft || again) && (await isAskedNow());
  await screens.show("home");
  const contested = await store.fact("contesting");
  if (pieces.some(({ id }) => id === contested)) {
    store.note("contesting", null);
    cameraKilled(contested);
    screens.go("piece", contested);
  } else if (killed || draft || again) screens.go("camera");
  else if (unasked) screens.go("whose");
  if (!begun) queue.start();
  else queue.nudge();
  begun = true;
  shots.resume();
  refresh({ all: true });
  lookForRoom();
}

function photoSettled() {
  askToBeKept();
  lookForRoom();
}

async function lookForRoom() {
  storage = await roomLeft();
  await makeRoom(store, storage.low ? KEPT_WHEN_FULL : undefined);
  screens.redraw();
}

/** What could not be kept is not asked for. */
function outdated() {
  find("main").hidden = true;
  offerUpdate(() => location.reload());
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
  screens.redraw();
}

find("#language").addEventListener("click", () => {
  useLanguage(language() === "sw" ? "en" : "sw", { keep: true });
  speak();
});
for (const id of ["camera", "picture"]) {
  find(`#${id}`).addEventListener("change", photoChosen);
  find(`#${id}`).addEventListener("cancel", () => taking.cancel());
}
find("#trouble-again").addEventListener("click", () => tryAgain());
addEventListener("online", () => (screens.sight.screen === "trouble" ? tryAgain() : refresh()));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
setInterval(() => document.visibilityState === "visible" && refresh(), NEWS_EVERY_MS);
find("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(readTyped(find("#enter-code").value));
  find("#enter-code").value = "";
});
addEventListener("offline", () => {
  api.reached = false;
  screens.redraw();
});
api.onReached = screens.redraw;

// A link that is opened while the app starts waits for it: a code given twice at once would make two tokens, of which
// the first is no good, and its answer may be the later one.
let starting = Promise.all([loadWords(), loadIcons(), loadIcons(new URL("drawings.svg", import.meta.url))])
  .then(speak)
  .then(start);
addEventListener("hashchange", () => (starting = starting.finally(start)));
await starting;
watchForUpdate(offerUpdate);
