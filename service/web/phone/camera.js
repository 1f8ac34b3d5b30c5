// The camera screen: which view is wanted, how the approved sample looks from there, and what came of the last photo.

import { element, icon } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { begunLine, chooseButton, designOf, orderLine, sampleOf, stateOf, takeButton, viewsRow } from "./home.js";
import { backButton } from "./orders.js";
import { doubtful, isComplete, nextView } from "./shots.js";
import { instruction } from "./tips.js";
import { outline } from "./views.js";

export function fill(container, state, actions) {
  const piece = state.hand;
  if (!piece) return container.replaceChildren(element("div", { class: "actions" }, backButton(actions)));
  const design = designOf(piece, state);
  const doubt = doubtful(piece);
  const looked = piece.photos.find(({ view, raw }) => view === looking(piece) && !raw) ?? null;
  const complete = piece.id && isComplete(piece);
  const preparing = piece.photos.some(({ raw }) => raw);
  container.replaceChildren(
    element("h2", {}, design.name),
    element("p", { class: "quiet", id: "order" }, orderLine(piece, state)),
    piece.replaces ? element("p", { class: "begun", id: "again" }, icon("again"), begunLine(piece)) : "",
    piece.views.length > 1 ? viewsRow(piece.views, design, (view) => stateOf(view, piece)) : "",
    ...said(state, actions),
    ...(preparing ? waiting() : doubt ? again(doubt, piece, actions) : looked ? [] : complete ? all() : next(piece, design, state)),
    ...takenViews(piece, looked, actions),
    element("div", { class: "actions" }, [
      piece.photos.length
        ? element("button", { class: "button", type: "button", onclick: () => actions.onDiscard(piece.id) }, say("discard"))
        : backButton(actions),
      !preparing && !doubt && !complete && chooseButton(actions),
      !preparing && !complete && takeButton(say(doubt ? "take_again" : "take_photo"), actions),
      !preparing && complete && sendButton(piece, actions),
    ]),
  );
}

// The views that were taken: each can be seen, enlarged, and taken again, as long as the piece is not sent

let enlarged = null; // {piece, view}

const looking = ({ id }) => (enlarged?.piece === id ? enlarged.view : null);

function takenViews(piece, looked, { onViewAgain, onRedraw }) {
  const taken = piece.views.map((view) => piece.photos.find((one) => one.view === view && !one.raw && one.src)).filter(Boolean);
  if (!taken.length || !onViewAgain) return [];
  const show = (view) => () => {
    enlarged = view && view !== looking(piece) ? { piece: piece.id, view } : null;
    onRedraw();
  };
  const thumbs = taken.map(({ view, src }) =>
    element(
      "button",
      {
        class: "taken",
        type: "button",
        "data-key": `taken-${view}`,
        "aria-pressed": String(view === looked?.view),
        "aria-label": say("view.look", { view: say(`view.${view}`, {}, view) }),
        onclick: show(view),
      },
      element("img", { src, alt: "" }),
      element("small", {}, say(`view.${view}`, {}, view)),
    ),
  );
  return [element("div", { class: "taken-views" }, thumbs), ...(looked ? large(looked, show(null), onViewAgain) : [])];
}

function large({ view, src }, close, onViewAgain) {
  const again = () => {
    close();
    onViewAgain(view);
  };
  return [
    element("img", { class: "shot-photo", id: "enlarged", src, alt: say("your_photo") }),
    element("button", { class: "button wide", type: "button", id: "view-again", onclick: again }, icon("again"), say("take_again")),
  ];
}

const all = () => [element("p", { class: "notice note", role: "status" }, say("views.all"))];

const sendButton = ({ id }, { onSendSeen }) =>
  element("button", { class: "button main", type: "button", id: "send", onclick: () => onSendSeen(id) }, icon("send"), say("send"));

function said({ saying, named, unkept }, { onKeepAgain }) {
  if (!saying) return [];
  const attributes = { class: "button", type: "button", id: "keep-again", onclick: onKeepAgain };
  return [
    element("section", { class: "notice stop", role: "alert" }, [
      element("p", {}, say(saying, named)),
      unkept && element("button", attributes, icon("again"), say("try_again")),
    ]),
  ];
}

const waiting = () => [element("p", { class: "notice note", role: "status" }, say("preparing"))];

function next(piece, design, state) {
  const view = nextView(piece);
  return [
    element("div", { class: "shot" }, [
      element("div", { class: "shot-guide" }, outline(view, design.category, "guide")),
      element("div", { class: "shot-sample" }, sampleOf(design, state)),
    ]),
    element("p", { class: "shot-view" }, say(`view.${view}`, {}, view)),
  ];
}

/** Her photo, the one thing that would help most, and her own choice. */
function again(photo, piece, { onSendAnyway }) {
  return [
    element("div", { class: "notice note", role: "status" }, instruction(photo.faults[0])),
    photo.src && element("img", { class: "shot-photo", src: photo.src, alt: say("your_photo") }),
    element(
      "button",
      { class: "button wide", type: "button", id: "anyway", onclick: () => onSendAnyway(piece.id) },
      say("send_anyway"),
    ),
  ].filter(Boolean);
}
