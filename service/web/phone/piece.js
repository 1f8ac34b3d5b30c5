// The page of one piece: on its way, refused, or judged; later also what the hub decided and why, and the course of
// her contest. fill() may be called as often as anything changes: it draws anew only what is new.

import { element, find, icon } from "../shared/dom.js";
import { language, say, sayTime } from "../shared/words.js";
import { bagCode } from "../shared/bag.js";
import { contestCards } from "./contest.js";
import { whyWord } from "./refusals.js";
import { barePhotos, findingsCard, findingsOf, handCard, isPoor, judgedPhotos, saidAtHub, samplesBeside } from "./seen.js";
import { speak } from "./speak.js";
import { instruction } from "./tips.js";

const JUDGED = {
  passed: { icon: "check", word: "verdict.pass" },
  pending: { icon: "eye", word: "verdict.flag" },
  retake: { icon: "again", word: "verdict.retake" },
  accepted: { icon: "check", word: "verdict.accepted", look: "passed" },
  rework: { icon: "tool", word: "verdict.rework" },
  rejected: { icon: "cross", word: "verdict.rejected" },
};
const ON_ITS_WAY = {
  waiting: { icon: "clock", word: "piece.waiting", more: "piece.turn" },
  offline: { icon: "cloud", word: "piece.waiting", more: "piece.waiting.more" },
  sending: { icon: "send", word: "sending" },
  sent: { icon: "eye", word: "looking" },
};

/**
 * @param {{piece: object, design?: object|null, nameOf?: (design: string) => string, online?: boolean, photos: {src: string|null, heat?: () => Promise<string>}[],
 *   picture?: (url: string) => string|null}} state  online: the hub was reached the last time that it was asked
 * @param {object} actions a missing one hides its button
 */
export function fill(container, { piece, design = null, nameOf = (id) => id, online = true, photos, picture }, actions) {
  const { progress, thumb: _, ...rest } = piece; // the list shows the small one
  const samples = piece.inspection ? samplesBeside(piece.inspection, picture) : [];
  const drawn = JSON.stringify([rest, design, online, photos, samples, language(), Object.keys(actions)]);
  if (container.dataset.drawn !== drawn) {
    container.dataset.drawn = drawn;
    draw(container, { ...piece, online }, { design, nameOf, photos, picture }, actions);
  }
  const bar = find(".sending", container);
  if (bar && progress < 1) bar.value = progress;
  else bar?.removeAttribute("value"); // all of it went up; the hub is looking, for as long as it takes
}

function draw(container, piece, pictures, actions) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const banner = find(":scope > .banner-place", container) ?? element("div", { class: "banner-place", role: "status" });
  const shown = piece.inspection ? judged(piece, pictures, actions) : onItsWay(piece, pictures.photos, actions);
  banner.replaceChildren(shown.banner);
  container.replaceChildren(
    banner,
    element("div", { class: "seen" }, shown.seen),
    element("div", { class: "actions" }, shown.actions),
  );
  if (focused) find(`[data-key="${focused}"]`, container)?.focus();
  tell(container, piece, banner);
}

/** Read out what is new on the page, once. */
function tell(container, piece, banner) {
  const news = `${piece.id} ${piece.inspection?.status ?? piece.state}`;
  if (container.dataset.told === news) return;
  container.dataset.told = news;
  speak(banner.innerText);
}

function bannerOf(look, iconName, title, ...lines) {
  const text = lines.filter(Boolean).map((line) => element("p", {}, line));
  return element(
    "div",
    { class: `banner ${look}` },
    icon(iconName),
    element("div", {}, element("h2", {}, title), text),
  );
}

// Before the answer

function onItsWay(piece, photos, actions) {
  const { state, why } = piece;
  const pictures = barePhotos(photos, piece.photos);
  if (state === "refused") {
    return {
      banner: bannerOf("unsent", "cross", say("refused"), say(whyWord(why))),
      seen: [plain("try_again", actions.onSend && (() => actions.onSend(piece.id)), "button wide"), ...pictures].filter(Boolean),
      actions: [plain("discard", actions.onDiscard && (() => actions.onDiscard(piece.id))), takeButton(piece, actions)],
    };
  }
  const waits = piece.online ? ON_ITS_WAY.waiting : ON_ITS_WAY.offline;
  const way = state === "waiting" ? waits : (ON_ITS_WAY[state] ?? waits);
  return {
    banner: bannerOf("going", way.icon, say(way.word), way.more && say(way.more)),
    seen: [
      state === "waiting" && plain("take_back", actions.onTakeBack && (() => actions.onTakeBack(piece.id)), "button wide"),
      state === "waiting" && plain("send_now", actions.onSend && (() => actions.onSend(piece.id)), "button wide"),
      state === "sending" && element("progress", { class: "sending", max: 1, "aria-label": say("sending") }),
      bag(piece.id),
      ...pictures,
    ].filter(Boolean),
    actions: [plain("back", actions.onBack), takeButton(piece, actions)],
  };
}

// After it

function judged(piece, { design, nameOf, photos, picture }, actions) {
  const { inspection } = piece;
  const fault = faultOf(inspection);
  const stuck = inspection.may_go_to_person; // then the way on is not below her photo
  const contest = contestCards(piece, actions);
  return {
    banner: verdictBanner(inspection),
    seen: [
      otherDesign(inspection, nameOf),
      fault && element("section", { class: "card" }, instruction(fault)),
      hubCard(inspection),
      ...(stuck ? contest : []),
      inspection.status !== "retake" && bag(inspection.id),
      ...judgedPhotos(inspection, photos),
      findingsCard(inspection, design, photos, picture),
      ...(stuck ? [] : contest),
      !isPoor(inspection) && handCard(inspection),
    ].filter(Boolean),
    actions: [plain("back", actions.onBack), takeButton(piece, actions)],
  };
}

/** "This was sent as a ring. The hub says that it is a bangle." */
function otherDesign({ sent_as: sent, design, design_unknown: unknown }, nameOf) {
  if (!sent) return null;
  const words = unknown ? say("design.sent_unknown", { sent: nameOf(sent) }) : say("design.sent_as", { sent: nameOf(sent), design: nameOf(design) });
  return element("section", { class: "card hub", "data-key": "other-design" }, element("p", { class: "note" }, words));
}

/** By what the hub finds its photos again when it holds the piece. */
const bag = (id) => bagCode(id) && element("p", { class: "quiet bag" }, say("bag", { code: bagCode(id) }));

function verdictBanner(inspection) {
  const { status, appeal } = inspection;
  const { icon: drawing, word, look } = JUDGED[status];
  if (appeal?.outcome === "overturned" && status === "accepted" && !isPoor(inspection)) {
    return bannerOf("passed", "check", say("contest.overturned"), say("contest.overturned.more"));
  }
  return bannerOf(look ?? status, drawing, say(word), moreOf(inspection));
}

const faultOf = ({ status, photos }) =>
  status === "retake" ? photos.flatMap(({ faults }) => faults)[0] : undefined;

function moreOf(inspection) {
  const { status, instruction: words, variance, beside_approved: beside } = inspection;
  if (status === "retake") {
    const fault = faultOf(inspection);
    return fault ? say(`fault.${fault}`, {}, words ?? "") : words;
  }
  const bare = findingsOf(inspection).length === 0;
  if (status === "rework" && bare) return say("hub.looked"); // nothing is marked below
  if (status === "pending" && bare && !isPoor(inspection)) {
    if (beside?.in_doubt) return say("verdict.flag.design");
    if (!variance.in_range) return say("verdict.flag.variance");
  }
  return say(`${JUDGED[status].word}.more`);
}

/** What a person at the hub wrote, and when; not while she has asked them to look again. */
function hubCard({ review, appeal }) {
  if (!review || appeal?.outcome === "upheld") return null; // then the reason stands with the contest
  return element(
    "section",
    { class: "card hub" },
    element("h3", {}, say("hub.looked")),
    ...saidAtHub(review),
    element("p", { class: "quiet" }, sayTime(review.at)),
  );
}

// Buttons: the one for the thumb is the last

function plain(word, onclick, look = "button") {
  if (!onclick) return null;
  return element("button", { class: look, type: "button", "data-key": word, onclick }, say(word));
}

function takeButton(piece, { onTake, onAgain }) {
  // A mended piece is the same piece.
  const again = ["retake", "rework"].includes(piece.inspection?.status) || piece.state === "refused";
  const take = again && onAgain ? () => onAgain(piece.id) : onTake;
  if (!take) return null;
  const word = again ? "take_again" : "next_piece";
  return element(
    "button",
    { class: "button main", type: "button", "data-key": "take", onclick: () => take() },
    icon("camera"),
    say(word),
  );
}
