// The artisan's page: a photo in, its verdict back, and how the workshop is doing.

import { Api, NoNetwork, Problem, putInspection } from "../shared/api.js";
import { fillWords, language, languageIsChecked, loadWords, say, useLanguage } from "../shared/words.js";
import { find, icon, loadIcons } from "../shared/dom.js";
import { newUuid, readPasted, Token } from "../shared/token.js";
import { fillDesign, fillDesigns, fillPieces, fillShare } from "./home.js";
import { showInspection, showPreparing, showRefused, showSending, showUnsent } from "./result.js";
import { shrinkPhoto } from "./shrink.js";

const LAST_PIECES = 10;
const KEPT_DESIGN = "ubora.design";

const token = new Token(localStorage, "ubora.token");
const api = new Api(token, { photosKept: 8 });

const workshop = { id: null, name: "", designs: [], design: null, share: null, pieces: [] };
let attempt = null; // the photo in hand: {id, context, photo, url, width, height, sent}
let redraw = () => {}; // draws the present screen again, in another language

// Screens

function show(screen) {
  for (const id of ["wait", "trouble", "enter", "home", "result"]) find(`#${id}`).hidden = id !== screen;
  scrollTo(0, 0);
}

function showHome() {
  redraw = fillHome;
  fillHome();
  show("home");
}

function fillHome() {
  fillDesign(workshop.design);
  if (workshop.share) fillShare(workshop.share);
  fillPieces(workshop.pieces, workshop.designs, openPiece);
}

function showResult(draw) {
  if (history.state?.screen !== "result") history.pushState({ screen: "result" }, "");
  redraw = draw;
  draw();
  show("result");
}

const goBack = () => history.back();

addEventListener("popstate", () => {
  if (attempt && !attempt.sent) {
    history.pushState({ screen: "result" }, ""); // a photo in hand is not dropped by the back key
  } else if (workshop.id) {
    attempt = null;
    showHome();
    refresh();
  }
});

addEventListener("beforeunload", (event) => {
  if (attempt && !attempt.sent) event.preventDefault();
});

// Errors

function wordsFor(error) {
  if (error instanceof NoNetwork) return say("no_network");
  if (error instanceof Problem) return error.message;
  console.error(error);
  return say("problem");
}

/** True when the token was refused and a new one is being asked for. */
function askedForToken(error) {
  if (!(error instanceof Problem) || error.status !== 401) return false;
  token.forget();
  showEnter("enter.refused");
  return true;
}

function showEnter(refusedWord = null) {
  redraw = () => {
    const refused = find("#enter-refused");
    refused.hidden = !refusedWord;
    refused.textContent = refusedWord ? say(refusedWord) : "";
  };
  redraw();
  show("enter");
}

// Start

async function start() {
  history.replaceState(null, ""); // after a reload the page begins at home
  if (!token.get()) return showEnter();
  show("wait");
  try {
    const me = await api.get("/v1/me");
    if (!me.microfactory) {
      token.forget();
      return showEnter("enter.not_workshop");
    }
    workshop.id = me.microfactory;
    const [workshops, designs] = await Promise.all([api.list("/v1/microfactories"), api.list("/v1/designs")]);
    workshop.name = workshops.items.find(({ id }) => id === me.microfactory)?.name ?? me.microfactory;
    workshop.designs = designs.items;
    const kept = localStorage.getItem(KEPT_DESIGN);
    workshop.design = designs.items.find(({ id }) => id === kept) ?? null;
    if (designs.items.length === 1) workshop.design = designs.items[0];
    await load();
  } catch (error) {
    if (askedForToken(error)) return undefined;
    find("#trouble-text").textContent = wordsFor(error);
    return show("trouble");
  }
  find("#workshop").textContent = workshop.name;
  if (attempt && !attempt.sent) return send(); // a photo that waited for a new token
  return showHome();
}

async function load() {
  const [share, pieces] = await Promise.all([
    api.get(`/v1/microfactories/${encodeURIComponent(workshop.id)}/pass-rate?window_days=30`),
    api.list(`/v1/inspections?limit=${LAST_PIECES}`),
  ]);
  Object.assign(workshop, { share, pieces: pieces.items });
}

async function refresh() {
  try {
    await load();
    if (!find("#home").hidden) fillHome();
  } catch (error) {
    askedForToken(error); // with no network the last figures stay
  }
}

// One piece

function takePhoto() {
  if (!workshop.design) return openDesigns();
  return find("#camera").click();
}

async function photoChosen(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file || !workshop.design) return;
  if (attempt) URL.revokeObjectURL(attempt.url);
  attempt = null;
  showResult(showPreparing);
  try {
    const shrunk = await shrinkPhoto(file);
    const context = JSON.stringify({
      microfactory: workshop.id,
      design: workshop.design.id,
      lot: find("#lot").value.trim() || null,
      piece: null,
      views: ["front"],
      taken_at: new Date(Math.min(file.lastModified, Date.now())).toISOString(),
    });
    attempt = { ...shrunk, id: newUuid(), context, url: URL.createObjectURL(shrunk.photo), sent: false };
  } catch {
    showResult(() => showRefused(null, say("unreadable"), { onTake: takePhoto, onBack: goBack }));
    return;
  }
  await send();
}

/** Send the photo in hand. Its UUID and bytes stay the same, so that a repeat is stored once. */
async function send() {
  const sending = attempt;
  let onProgress = null;
  showResult(() => (onProgress = showSending(sending)));
  try {
    const inspection = await putInspection(api, sending, (share) => onProgress(share));
    sending.sent = true;
    const photos = inspection.photos.map(({ heatmap_url: url }) => ({ src: sending.url, heat: () => api.photo(url) }));
    showResult(() => showInspection(inspection, photos, { onTake: takePhoto, onBack: goBack }));
    refresh();
  } catch (error) {
    if (askedForToken(error)) return;
    if (error.passing) {
      showResult(() => showUnsent(sending, wordsFor(error), { onSend: send, onDiscard: discard }));
    } else {
      sending.sent = true; // refused for good: the same bytes will never be taken
      showResult(() => showRefused(sending, wordsFor(error), { onTake: takePhoto, onBack: goBack }));
    }
  }
}

function discard() {
  URL.revokeObjectURL(attempt.url);
  attempt = null;
  goBack();
}

async function openPiece(inspection) {
  const photos = inspection.photos.map(() => ({ src: null, heat: () => Promise.reject(new Error("no photo")) }));
  const draw = () => showInspection(inspection, photos, { onTake: takePhoto, onBack: goBack });
  showResult(draw);
  await Promise.all(
    inspection.photos.map(async ({ photo_url: url, heatmap_url: heat }, at) => {
      try {
        photos[at] = { src: await api.photo(url), heat: () => api.photo(heat) };
      } catch (error) {
        if (!askedForToken(error)) photos[at].lost = true;
      }
    }),
  );
  if (redraw === draw) draw();
}

// Design and language

function openDesigns() {
  fillDesigns(workshop.designs, workshop.design, (design) => {
    workshop.design = design;
    localStorage.setItem(KEPT_DESIGN, design.id);
    find("#designs").close();
    fillDesign(design);
  });
  find("#designs").showModal();
}

function speak() {
  fillWords();
  const other = language() === "sw" ? "en" : "sw";
  Object.assign(find("#language"), { textContent: other === "sw" ? "Kiswahili" : "English", lang: other });
  find("#draft").hidden = languageIsChecked();
  redraw();
}

find("#language").addEventListener("click", () => {
  useLanguage(language() === "sw" ? "en" : "sw", { keep: true });
  speak();
});
find("#design").addEventListener("click", openDesigns);
find("#take").prepend(icon("camera"));
find("#take").addEventListener("click", takePhoto);
find("#choose").prepend(icon("picture"));
find("#choose").addEventListener("click", () => (workshop.design ? find("#picture").click() : openDesigns()));
for (const id of ["camera", "picture"]) find(`#${id}`).addEventListener("change", photoChosen);
find("#trouble-again").addEventListener("click", start);
find("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  token.set(readPasted(find("#enter-token").value));
  find("#enter-token").value = "";
  start();
});
addEventListener("hashchange", () => token.takeFromLink() && start());

token.takeFromLink();
await Promise.all([loadWords(), loadIcons()]);
speak();
await start();
