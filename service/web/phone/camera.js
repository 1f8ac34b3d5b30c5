// The camera screen: which view is wanted, how the approved sample looks from there, and what came of the last photo.

import { element, icon } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { begunLine, chooseButton, designOf, orderLine, sampleOf, stateOf, takeButton, viewsRow } from "./home.js";
import { backButton } from "./orders.js";
import { doubtful, nextView } from "./shots.js";
import { instruction } from "./tips.js";
import { outline } from "./views.js";

export function fill(container, state, actions) {
  const piece = state.hand;
  if (!piece) return container.replaceChildren(element("div", { class: "actions" }, backButton(actions)));
  const design = designOf(piece, state);
  const doubt = doubtful(piece);
  const preparing = piece.photos.some(({ raw }) => raw);
  container.replaceChildren(
    element("h2", {}, design.name),
    element("p", { class: "quiet", id: "order" }, orderLine(piece, state)),
    piece.replaces ? element("p", { class: "begun", id: "again" }, icon("again"), begunLine(piece)) : "",
    piece.views.length > 1 ? viewsRow(piece.views, design, (view) => stateOf(view, piece)) : "",
    ...said(state, actions),
    ...(preparing ? waiting() : doubt ? again(doubt, piece, actions) : next(piece, design, state)),
    element("div", { class: "actions" }, [
      piece.photos.length
        ? element("button", { class: "button", type: "button", onclick: () => actions.onDiscard(piece.id) }, say("discard"))
        : backButton(actions),
      !preparing && !doubt && chooseButton(actions),
      !preparing && takeButton(say(doubt ? "take_again" : "take_photo"), actions),
    ]),
  );
}

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
