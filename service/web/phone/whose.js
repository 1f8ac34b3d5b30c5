// Whose the photos are: what they may be used for, asked once and open at any time; and everything of hers to keep.

import { element, find } from "../shared/dom.js";
import { language, say, sayTime } from "../shared/words.js";

const ASKED = ["photos", "voices"];

/** @param {{whose: {last: object|null, waits: boolean, asked: boolean}, online: boolean}} state */
export function fill(container, { whose, online, archive = null }, actions) {
  const drawn = JSON.stringify([whose, online, archive, language()]);
  if (container.dataset.drawn === drawn) return; // what she has begun to choose stays
  container.dataset.drawn = drawn;
  const paragraph = (word) => element("p", {}, say(word));
  const form = element(
    "form",
    { class: "whose", id: "whose" },
    ASKED.map((what) => question(what, whose.last)),
    element("p", { class: "notice stop", role: "alert", id: "whose-both", hidden: true }, say("whose.both")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = Object.fromEntries(ASKED.map((what) => [what, new FormData(form).get(what)]));
    const isWhole = ASKED.every((what) => said[what]);
    const both = find("#whose-both", form);
    both.hidden = isWhole;
    if (!isWhole) return both.scrollIntoView({ block: "center" });
    const yes = (what) => said[what] === "yes";
    return leave(container, () => actions.onConsent({ photos: yes("photos"), voices: yes("voices"), language: language() }));
  });
  const parts = [
    element("h2", {}, say("whose.title")),
    paragraph("whose.yours"),
    paragraph("whose.for"),
    paragraph("whose.free"),
    whose.last && element("p", { class: "quiet", id: "whose-since" }, since(whose)),
    form,
    whose.asked && archiveCard(online, archive, actions),
    element(
      "div",
      { class: "actions" },
      whose.asked
        ? button("whose-back", "back", () => leave(container, actions.onBack))
        : button("whose-later", "whose.later", () => leave(container, actions.onLeaveOpen)),
      element("button", { class: "button main", id: "whose-keep", form: "whose" }, say("whose.keep")),
    ),
  ];
  container.replaceChildren(...parts.filter(Boolean));
}

/** What was chosen and not kept is gone when she comes back. */
function leave(container, act) {
  delete container.dataset.drawn;
  return act();
}

const button = (id, word, onclick) => element("button", { class: "button", type: "button", id, onclick }, say(word));

function since({ last, waits }) {
  const time = sayTime(last.said_at ?? last.at);
  return waits ? `${say("whose.since", { time })} ${say("whose.waits")}` : say("whose.since", { time });
}

function question(what, last) {
  return element(
    "fieldset",
    { class: "card" },
    element("legend", {}, what === "photos" ? say("whose.photos") : say("whose.voices")),
    ["yes", "no"].map((answer) => {
      const checked = last !== null && last[what] === (answer === "yes");
      return element(
        "label",
        { class: "choice" },
        element("input", { type: "radio", name: what, value: answer, checked, id: `whose-${what}-${answer}` }),
        answer === "yes" ? say("whose.yes") : say("whose.no"),
      );
    }),
  );
}

function archiveCard(online, archive, { onArchive }) {
  const words = { busy: "loading", failed: "no_network" }[archive];
  return element(
    "section",
    { class: "card" },
    element("h3", {}, say("archive.title")),
    element("p", {}, say("archive.what")),
    (words || !online) && element("p", { class: "quiet", role: "status" }, say(words ?? "no_network")),
    element(
      "button",
      { class: "button wide", type: "button", id: "archive", onclick: onArchive, disabled: !online || archive === "busy" },
      say("archive.get"),
    ),
  );
}
