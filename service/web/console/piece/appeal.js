// What a workshop says against a flag: its words, its voice, its second photo. Decided with the usual keys.

import { element, find } from "../../shared/dom.js";
import { inWords, say, sayTime } from "../../shared/words.js";
import { saidPhrases } from "./phrases.js";

/** What the app writes for a workshop that says nothing more. */
const OWN_NOTES = ["contest.note", "person.note"];
const said = (review) => [...saidPhrases(review), review.note].filter(Boolean).join(" ");

/** A piece whose photo was not good enough, until its workshop sent it to a person as it is. */
export const isPoor = ({ verdict }) => verdict === "retake";

/** What is said in its place of a file that is gone. */
export function noLongerKept(what, { removed_at: at, removed_why: why }) {
  const values = { what, time: sayTime(at) };
  return say(`hub.no_longer_kept.${why}`, values, say("hub.no_longer_kept", values));
}

/** The appeal that waits for a person, or null. */
export const waitingAppeal = ({ appeal }) => (appeal?.outcome === "waiting" ? appeal : null);

/** Every photo of the piece, and the one that came with its appeal (which nobody inspected). */
export function photosOf({ photos, appeal }) {
  if (!appeal?.photo_url) return photos;
  const second = { view: say("hub.from_workshop"), photo_url: appeal.photo_url, heatmap_url: null, defects: [] };
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
  const before = waits && review && say(`hub.was.${review.disposition}`, { name: review.reviewer, time: sayTime(review.at) });
  return element(
    "section",
    { class: waits ? "appeal waits" : "appeal" },
    element("h3", {}, titleOf(inspection)),
    before && element("p", { class: "quiet" }, before),
    review && said(review) && element("p", { class: "quiet" }, say("hub.said_then", { words: said(review) })),
    appeal.note && element("blockquote", {}, inWords(appeal.note, OWN_NOTES)),
    appeal.voice_url && voice(appeal.voice_url, api),
    appeal.voice_removed_at && element("p", { class: "quiet" }, noLongerKept(say("hub.the_voice_note"), { removed_at: appeal.voice_removed_at })),
    appeal.photo_url && secondPhoto(appeal.photo_url, api, showPhoto),
    element("p", { class: "quiet" }, say("hub.sent_at", { time: sayTime(appeal.at) })),
  );
}

function titleOf(inspection) {
  const { appeal, review } = inspection;
  if (appeal.outcome === "waiting") return isPoor(inspection) ? say("hub.sent_as_is") : say("hub.workshop_contests");
  if (isPoor(inspection)) return say(`hub.to_person.${review?.disposition}`, {}, say("hub.to_person"));
  return say(`hub.contest.${appeal.outcome}`);
}

/** Play or stop the voice note in view. */
export function turnVoice() {
  const player = find(".appeal audio");
  if (!player) return;
  if (player.paused) player.play().catch(() => {}); // the player itself shows what it cannot play
  else player.pause();
}

function voice(url, api) {
  const player = element("audio", { controls: true, preload: "metadata", "aria-label": say("hub.voice_note") });
  const line = element("div", { class: "voice" }, player, element("kbd", { title: say("hub.play_or_stop") }, "V"));
  const failed = () => line.replaceChildren(element("p", { class: "notice" }, say("hub.voice_lost")));
  player.addEventListener("error", failed);
  api.photo(url).then((src) => (player.src = src), failed);
  return line;
}

function secondPhoto(url, api, showPhoto) {
  const image = element("img", { alt: say("hub.appeal_photo") });
  const button = element(
    "button",
    { class: "second-photo", type: "button", title: say("hub.show_large"), onclick: showPhoto },
    image,
  );
  api.photo(url).then(
    (src) => (image.src = src),
    () => button.replaceWith(element("p", { class: "notice" }, say("hub.second_lost"))),
  );
  return button;
}
