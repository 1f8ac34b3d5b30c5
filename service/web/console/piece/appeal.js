// What a workshop says against a flag: its words, its voice, its second photo. Decided with the usual keys.

import { element, find } from "../../shared/dom.js";
import { inWords, sayTime } from "../../shared/words.js";
import { saidPhrases } from "./phrases.js";

const DECIDED = { accept: "accepted", rework: "sent back for rework", reject: "rejected" };
const OUTCOMES = { overturned: "overturned: the workshop was right", upheld: "upheld" };

/** What the app writes for a workshop that says nothing more. */
const OWN_NOTES = ["contest.note", "person.note"];
const said = (review) => [...saidPhrases(review), review.note].filter(Boolean).join(" ");

/** A piece whose photo was not good enough, until its workshop sent it to a person as it is. */
export const isPoor = ({ verdict }) => verdict === "retake";

const WHY = { deleted: "an admin deleted it", retention: "it was older than it is to be kept" };

/** What is said in its place of a file that is gone. */
export function noLongerKept(what, { removed_at: at, removed_why: why }) {
  const because = WHY[why] ? `: ${WHY[why]}` : "";
  return `${what} is no longer kept since ${sayTime(at)}${because}.`;
}

/** The appeal that waits for a person, or null. */
export const waitingAppeal = ({ appeal }) => (appeal?.outcome === "waiting" ? appeal : null);

/** Every photo of the piece, and the one that came with its appeal (which nobody inspected). */
export function photosOf({ photos, appeal }) {
  if (!appeal?.photo_url) return photos;
  const second = { view: "from the workshop", photo_url: appeal.photo_url, heatmap_url: null, defects: [] };
  return [...photos, second];
}

/** Width and height of a photo that only its file knows. */
export async function sizeOf(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

/** The section of the panel; `showPhoto` brings the second photo onto the stage. */
export function appealSection(inspection, api, showPhoto) {
  const { appeal, review } = inspection;
  if (!appeal) return "";
  const waits = appeal.outcome === "waiting";
  const before = waits && review && `Was ${DECIDED[review.disposition]} by ${review.reviewer}, ${sayTime(review.at)}.`;
  return element(
    "section",
    { class: waits ? "appeal waits" : "appeal" },
    element("h3", {}, titleOf(inspection)),
    before && element("p", { class: "quiet" }, before),
    review && said(review) && element("p", { class: "quiet" }, `Said then: ${said(review)}`),
    appeal.note && element("blockquote", {}, inWords(appeal.note, OWN_NOTES)),
    appeal.voice_url && voice(appeal.voice_url, api),
    appeal.voice_removed_at && element("p", { class: "quiet" }, noLongerKept("The voice note", { removed_at: appeal.voice_removed_at })),
    appeal.photo_url && secondPhoto(appeal.photo_url, api, showPhoto),
    element("p", { class: "quiet" }, `Sent ${sayTime(appeal.at)}`),
  );
}

function titleOf(inspection) {
  const { appeal, review } = inspection;
  if (appeal.outcome === "waiting") return isPoor(inspection) ? "Sent to you as it is" : "The workshop contests this";
  if (isPoor(inspection)) return `Sent to a person, and ${DECIDED[review?.disposition] ?? "decided"}`;
  return `Contested, and ${OUTCOMES[appeal.outcome]}`;
}

/** Play or stop the voice note in view. */
export function turnVoice() {
  const player = find(".appeal audio");
  if (!player) return;
  if (player.paused) player.play().catch(() => {}); // the player itself shows what it cannot play
  else player.pause();
}

function voice(url, api) {
  const player = element("audio", { controls: true, preload: "metadata", "aria-label": "Voice note of the workshop" });
  const line = element("div", { class: "voice" }, player, element("kbd", { title: "Play or stop" }, "V"));
  const lost = "The voice note did not come, or this browser cannot play it.";
  const failed = () => line.replaceChildren(element("p", { class: "notice" }, lost));
  player.addEventListener("error", failed);
  api.photo(url).then((src) => (player.src = src), failed);
  return line;
}

function secondPhoto(url, api, showPhoto) {
  const image = element("img", { alt: "Second photo from the workshop" });
  const button = element(
    "button",
    { class: "second-photo", type: "button", title: "Show it large", onclick: showPhoto },
    image,
  );
  api.photo(url).then(
    (src) => (image.src = src),
    () => button.replaceWith(element("p", { class: "notice" }, "The second photo did not come.")),
  );
  return button;
}
