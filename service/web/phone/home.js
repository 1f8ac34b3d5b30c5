// The home screen: what is being made, the camera, how the month went, the last pieces.

import { element, icon } from "../shared/dom.js";
import { say, sayTime } from "../shared/words.js";
import { outline } from "./views.js";
import { sampleUrls } from "./news.js";
import { doubtful, nextView } from "./shots.js";

const LAST_PIECES = 10;
const OPEN_ENDS = ["pending", "rework", "rejected", "retake"];
let listed = LAST_PIECES;

const STATUS_ICONS = {
  passed: "check",
  accepted: "check",
  pending: "eye",
  retake: "again",
  rework: "tool",
  rejected: "cross",
};
const STATE_FACES = {
  draft: ["camera", "state.draft"],
  aside: ["camera", "state.aside"],
  waiting: ["clock", "state.waiting"],
  sending: ["clock", "state.sending"],
  refused: ["cross", "state.refused"],
};

/** accepted looks like passed: both are good news. */
const statusClass = (status) => (status === "accepted" ? "passed" : status);

export function fill(container, state, actions) {
  container.replaceChildren(
    workCard(state, actions),
    ...toldCard(state, actions),
    workshopCard(state.summary, actions),
    element("section", { "aria-labelledby": "pieces-title" }, [
      element("h2", { id: "pieces-title" }, say("pieces")),
      element("ul", { id: "pieces" }, pieceRows(state, actions)),
    ]),
    element("div", { class: "actions" }, chooseButton(actions), takeButton(say("take_photo"), actions)),
  );
}

export const takeButton = (words, { onTake }) =>
  element("button", { class: "button main camera", type: "button", id: "take", onclick: onTake }, icon("camera"), words);

export const chooseButton = ({ onChoose }) =>
  element(
    "button",
    { class: "button", type: "button", id: "choose", "aria-label": say("choose_picture"), onclick: onChoose },
    icon("picture"),
  );

function workCard(state, { go }) {
  const { hand } = state;
  const attributes = { class: "card work", type: "button", id: "work", onclick: () => go("orders") };
  if (!hand) {
    const choose = element("span", { class: "text" }, element("strong", {}, say("work.choose")));
    return element("button", attributes, icon("bangle", "quiet"), choose);
  }
  return element(
    "button",
    attributes,
    sampleOf(designOf(hand, state), state),
    workText(hand, state),
    element("span", { class: "change" }, say("design.change")),
  );
}

/** What the next photo is of: design, order, and how far a piece is that was begun. */
export function workText(hand, state) {
  const design = designOf(hand, state);
  return element("span", { class: "text" }, [
    element("strong", {}, design.name),
    element("small", { class: "quiet" }, orderLine(hand, state)),
    (hand.photos.length > 0 || hand.replaces) && element("small", { class: "begun" }, begunLine(hand)),
    hand.views.length > 1 && viewsRow(hand.views, design, (view) => stateOf(view, hand)),
  ]);
}

/** A design that the hub let go of while a piece of it is in hand has its code alone. */
export const designOf = ({ design }, { designs }) =>
  designs.find(({ id }) => id === design) ?? { id: design, name: design };

export const begunLine = ({ first_at: at, replaces }) =>
  replaces && at ? say("again.of", { time: sayTime(at) }) : say("state.draft");

export function stateOf(view, piece) {
  if (piece.photos.some((photo) => photo.view === view && photo !== doubtful(piece))) return "done";
  return view === nextView(piece) ? "now" : "";
}

/** The approved photo where the phone has it, else the drawing of its kind. */
export function sampleOf(design, { picture }) {
  const src = sampleUrls(design).map(picture).find(Boolean);
  if (src) return element("img", { class: "order-photo", src, alt: say("sample.of", { design: design.name }) });
  return icon(design.category, `order-photo material-${design.material}`);
}

export const kindOf = ({ category, material }) =>
  [say(`category.${category}`, {}, category), say(`material.${material}`, {}, material)].join(", ");

/** The order of a piece, also of one that was closed meanwhile. */
export function orderLine({ lot: of }, { lots }) {
  const lot = lots.find(({ id }) => id === of);
  if (!lot) return of ?? say("orders.bare");
  return [of, say("lot.done", { done: lot.done, pieces: lot.pieces }), stillOut(lot)].filter(Boolean).join(" · ");
}

/** What is not done yet and was made: with the hub, or on this phone. */
export const stillOut = ({ with_hub: hub, waiting }) =>
  [hub > 0 && say("lot.hub", { hub }), waiting > 0 && say("lot.waiting", { waiting })].filter(Boolean).join(", ");

export function viewsRow(views, { category }, classOf = () => "") {
  return element(
    "span",
    { class: "views" },
    views.map((view) =>
      element("span", { class: `view ${classOf(view)}` }, outline(view, category), say(`view.${view}`, {}, view)),
    ),
  );
}

/** What the hub would like to look at with her, until she has answered. */
function toldCard({ told = [], answers = [] }, { go }) {
  const waits = ({ id }) => answers.some(({ action, state }) => action === id && state === "waiting");
  const open = told.filter((one) => one.state === "told" && !waits(one));
  return open.map(({ id, defect }) =>
    element(
      "button",
      { class: "card work", type: "button", "data-key": id, onclick: () => go("action", id) },
      icon("eye"),
      element("span", { class: "text" }, element("strong", {}, say("home.action")), element("small", { class: "quiet" }, say(`defect.${defect}`, {}, defect))),
    ),
  );
}

function workshopCard(summary, { go }) {
  const passed = summary?.decided
    ? say("share", { passed: summary.passed, decided: summary.decided })
    : say("share.none");
  return element(
    "button",
    { class: "card share", type: "button", id: "share", onclick: () => go("workshop") },
    element("span", { class: "text" }, element("small", { class: "quiet" }, say("share.title"))),
    element("strong", { class: "figure" }, passed),
    summary?.pending > 0 && element("small", { class: "quiet" }, say("share.pending", { pending: summary.pending })),
  );
}

/** Her photo, small; of a piece that another phone sent, or an older app, it comes from the hub once. */
function thumbOf({ id, thumb }, onWantThumb) {
  if (!thumb) onWantThumb?.(id);
  return thumb ? element("img", { class: "thumb", src: thumb, alt: "" }) : element("span", { class: "thumb" });
}

function pieceRows({ pieces, designs }, { go, onTakeUp, onRedraw, onWantThumb }) {
  // Whatever asks something of her or of the hub is in sight, however much came after it.
  const isOpen = ({ state, inspection }) => state !== "sent" || OPEN_ENDS.includes(inspection?.status);
  const shown = pieces.filter((piece, at) => at < listed || isOpen(piece));
  if (!shown.length) return [element("li", { class: "quiet" }, say("pieces.none"))];
  const rows = shown.map((piece) => {
    const name = designs.find(({ id }) => id === piece.design)?.name ?? piece.design;
    const { kind, iconName, words } = faceOf(piece);
    return element(
      "li",
      {},
      element(
        "button",
        {
          class: "piece",
          type: "button",
          "data-key": piece.id,
          onclick: () => (piece.state === "draft" ? onTakeUp(piece.id) : go("piece", piece.id)),
        },
        thumbOf(piece, onWantThumb),
        element("span", { class: `state ${kind}` }, icon(iconName)),
        element("span", { class: "text" }, [
          element("strong", {}, words),
          element("small", {}, piece.lot ? `${name} · ${piece.lot}` : name),
        ]),
        element("small", { class: "when" }, sayTime(piece.inspection?.received_at ?? piece.taken_at)),
      ),
    );
  });
  return shown.length < pieces.length ? [...rows, moreRow(onRedraw)] : rows;
}

function moreRow(onRedraw) {
  const onclick = () => {
    listed += 20;
    onRedraw();
  };
  return element("li", {}, element("button", { class: "button", type: "button", id: "more", onclick }, say("pieces.more")));
}

function faceOf({ state, aside, inspection }) {
  if (state === "sent") {
    const { status } = inspection;
    return { kind: statusClass(status), iconName: STATUS_ICONS[status], words: say(`status.${status}`) };
  }
  const [iconName, word] = STATE_FACES[aside ? "aside" : state];
  return { kind: `row-${state}`, iconName, words: say(word) };
}
