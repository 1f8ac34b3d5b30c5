// The result screen: on its way, not sent, or decided.

import { element, find, icon } from "../shared/dom.js";
import { handDots, photoFigure, showHeat } from "../shared/photo.js";
import { say } from "../shared/words.js";
import { STATUS_ICONS, statusClass } from "./home.js";

const BANNER_WORDS = {
  passed: "verdict.pass",
  pending: "verdict.flag",
  retake: "verdict.retake",
  accepted: "verdict.accepted",
  rework: "verdict.rework",
  rejected: "verdict.rejected",
};

function fill({ banner, seen = [], actions = [] }) {
  find("#banner").replaceChildren(banner);
  find("#seen").replaceChildren(...seen.filter(Boolean));
  find("#actions").replaceChildren(...actions.filter(Boolean));
}

function bannerOf(kind, iconName, title, ...lines) {
  const text = lines.filter(Boolean).map((line) => element("p", {}, line));
  return element(
    "div",
    { class: `banner ${kind}` },
    icon(iconName),
    element("div", {}, element("h2", {}, title), text),
  );
}

const bare = (attempt) =>
  photoFigure({ ...attempt, src: attempt.url, heat: null, alt: say("your_photo"), marks: [] });

/** @returns a function that takes the share that went up, 0–1 */
export function showSending(attempt) {
  const bar = element("progress", { max: 1, "aria-label": say("sending") });
  fill({ banner: bannerOf("going", "camera", say("sending")), seen: [bar, bare(attempt)] });
  return (share) => {
    if (share < 1) {
      bar.value = share;
    } else {
      bar.removeAttribute("value"); // all of it went up; the hub is looking, for as long as it takes
      find("#banner").replaceChildren(bannerOf("going", "eye", say("looking")));
    }
  };
}

export const showPreparing = () => fill({ banner: bannerOf("going", "camera", say("preparing")) });

export function showUnsent(attempt, why, { onSend, onDiscard }) {
  const again = element("button", { class: "button main", type: "button", onclick: onSend }, icon("again"));
  again.append(say("send_again"));
  const leave = element("button", { class: "button", type: "button", onclick: onDiscard }, say("discard"));
  fill({
    banner: bannerOf("unsent", "cloud", say("not_sent"), why, say("kept")),
    seen: [bare(attempt)],
    actions: [leave, again],
  });
}

export function showRefused(attempt, why, { onTake, onBack }) {
  fill({
    banner: bannerOf("unsent", "cross", say("refused"), why),
    seen: [attempt && bare(attempt)],
    actions: [backButton(onBack), takeButton("take_again", onTake)],
  });
}

/** @param {{src: string|null, heat: () => Promise<string>}[]} photos one for each of inspection.photos */
export function showInspection(inspection, photos, { onTake, onBack }) {
  const { status, review } = inspection;
  // In a bad photo nothing was judged, so nothing is pointed at.
  const found = status === "retake" ? [] : findingsOf(inspection);
  const figures = inspection.photos.map((photo, at) => {
    const marks = found.filter((finding) => finding.photo === photo.index);
    return element("div", { class: "figure" }, figureOf(photo, photos[at], marks, status));
  });
  fill({
    banner: bannerOf(
      statusClass(status),
      STATUS_ICONS[status],
      say(BANNER_WORDS[status]),
      moreOf(inspection, found),
      review?.note && `${say("from_hub")} ${review.note}`,
    ),
    seen: [...figures, found.length > 0 && findingsCard(found), status !== "retake" && handCard(inspection)],
    actions: [
      backButton(onBack),
      takeButton(status === "retake" ? "take_again" : "next_piece", onTake),
    ],
  });
}

function moreOf({ status, photos, instruction, variance, beside_approved: beside }, found) {
  if (status === "retake") {
    const fault = photos.flatMap(({ faults }) => faults)[0];
    return fault ? say(`fault.${fault}`, {}, instruction ?? "") : instruction;
  }
  if (status === "pending" && found.length === 0 && beside?.in_doubt) return say("verdict.flag.design");
  if (status === "pending" && found.length === 0 && !variance.in_range) return say("verdict.flag.variance");
  return say(`${BANNER_WORDS[status]}.more`);
}

/** What people said where they said something, else what the machine saw. */
function findingsOf({ review, photos }) {
  const said = review?.defects;
  const found =
    said ?? photos.flatMap(({ index, defects }) => defects.map((defect) => ({ ...defect, photo: index })));
  return found.map((finding, at) => ({ ...finding, number: at + 1 }));
}

function figureOf(photo, { src, heat, lost = false }, marks, status) {
  const { width, height } = photo;
  if (lost) return element("p", { class: "card" }, say("no_photo"));
  const figure = photoFigure({ src, heat: null, alt: say("your_photo"), width, height, marks });
  if (status === "retake" || !photo.heatmap_url || !src) return figure;
  const toggle = element(
    "button",
    { class: "button wide toggle", type: "button", "aria-pressed": "false", onclick: () => turn() },
    icon("heat"),
    say("where"),
  );
  let layer = null;
  async function turn(on = toggle.getAttribute("aria-pressed") !== "true") {
    toggle.setAttribute("aria-pressed", String(on));
    if (on && !layer) {
      // Fetched when it is looked at: data costs her money.
      layer = element("img", { class: "photo-heat", alt: "" });
      layer.src = await heat().catch(() => "");
      if (!layer.getAttribute("src")) {
        layer = null;
        toggle.setAttribute("aria-pressed", "false");
        return;
      }
      figure.querySelector(".photo-seen").after(layer);
    }
    showHeat(figure, toggle.getAttribute("aria-pressed") === "true");
  }
  if (marks.length > 0) turn(true);
  return [figure, toggle];
}

function findingsCard(found) {
  const rows = found.map(({ number, defect, severity }) =>
    element(
      "li",
      {},
      element("span", { class: "number" }, String(number)),
      element(
        "span",
        {},
        element("strong", {}, say(`defect.${defect}`, {}, defect)),
        ` · ${say(`severity.${severity}`, {}, severity)}`,
      ),
    ),
  );
  return element(
    "section",
    { class: "card" },
    element("h2", {}, say("found")),
    element("ul", { class: "findings" }, rows),
  );
}

function handCard({ variance }) {
  return element(
    "section",
    { class: "card hand" },
    element("h2", {}, say("hand")),
    element("p", {}, handDots(variance.level), element("strong", {}, say(`variance.${variance.level}`))),
    element("p", { class: "quiet" }, say("hand.more")),
  );
}

function takeButton(word, onTake) {
  return element("button", { class: "button main", type: "button", onclick: onTake }, icon("camera"), say(word));
}

function backButton(onBack) {
  return element("button", { class: "button", type: "button", onclick: onBack }, say("back"));
}
