// What was seen on her photo: the photo with numbered frames and heat, the findings with a tip each, and the hand in
// the piece, which is character and no mark.

import { element, icon } from "../shared/dom.js";
import { patchPair } from "../shared/patch.js";
import { handDots, photoFigure, showHeat } from "../shared/photo.js";
import { regionsLayer } from "../shared/regions.js";
import { say } from "../shared/words.js";
import { nameOf, tip } from "./tips.js";

/** A photo that was not good enough, also where a person decided on it: the machine judged nothing in it. */
export const isPoor = ({ verdict, status }) => verdict === "retake" || status === "retake";

/** What people said where they said something, else what the machine saw; of what they accepted nothing is left. */
export function findingsOf(inspection) {
  const { status, review, photos } = inspection;
  if (status === "accepted" || (isPoor(inspection) && !review?.defects)) return [];
  const found =
    review?.defects ?? photos.flatMap(({ index, defects }) => defects.map((defect) => ({ ...defect, photo: index })));
  return found.map((finding, at) => ({ ...finding, number: at + 1 }));
}

/** Her photos before any answer. */
export const barePhotos = (pictures, sizes) =>
  pictures.map(({ src }, at) =>
    src
      ? photoFigure({ src, heat: null, alt: say("your_photo"), width: 4, height: 3, ...sizes[at], marks: [] })
      : element("p", { class: "card" }, say("no_photo")),
  );

/** @param {{src: string|null, heat: () => Promise<string>}[]} pictures one for each of inspection.photos */
export function judgedPhotos(inspection, pictures) {
  const found = findingsOf(inspection);
  const hasHeat = inspection.status !== "accepted" && !isPoor(inspection);
  return inspection.photos.map((photo, at) => {
    const marks = found.filter((finding) => finding.photo === photo.index);
    return element("div", { class: "figure" }, figureOf(photo, pictures[at] ?? {}, marks, hasHeat));
  });
}

function figureOf(photo, { src = null, heat, gone = false }, marks, hasHeat) {
  if (!src) return element("p", { class: "card" }, gone ? say("why.not_kept") : say("no_photo"));
  const { width, height } = photo;
  const figure = photoFigure({ src, heat: null, alt: say("your_photo"), width, height, marks });
  const regions = regionsLayer(marks, { width, height });
  if (regions) figure.append(regions);
  if (!hasHeat || !heat) return figure;
  return [figure, heatToggle(figure, heat, photo.index)];
}

/** Heat is fetched when she asks for it: data costs her money, and the frames are there already. */
function heatToggle(figure, heat, index) {
  let layer = null;
  const toggle = element(
    "button",
    { class: "button wide toggle", type: "button", "aria-pressed": "false", "data-key": `heat-${index}`, onclick: turn },
    icon("heat"),
    say("where"),
  );
  async function turn() {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(on));
    if (on && !layer) {
      const src = await heat().catch(() => null);
      if (!src) {
        toggle.setAttribute("aria-pressed", "false");
        return;
      }
      layer = element("img", { class: "photo-heat", alt: "", src });
      figure.querySelector(".photo-seen").after(layer);
    }
    showHeat(figure, toggle.getAttribute("aria-pressed") === "true");
  }
  return toggle;
}

/**
 * @param {{material?: string}|null} design  tips are for its material
 * @param {{src: string|null}[]} pictures  hers, by the index of the photo
 * @param {(url: string) => string|null} picture  an approved photo on this phone
 */
export function findingsCard(inspection, design, pictures = [], picture = () => null) {
  const found = findingsOf(inspection);
  if (found.length === 0) return null;
  const told = new Set();
  const rows = found.map((finding) => {
    const { number, defect, severity } = finding;
    const beside = Boolean(finding.compared_with);
    const first = !told.has(defect);
    told.add(defect);
    return element(
      "li",
      {},
      element(
        "p",
        { class: "finding" },
        element("span", { class: "number" }, String(number)),
        element("strong", {}, nameOf(defect, beside)),
        severity && element("span", { class: "quiet" }, say(`severity.${severity}`, {}, severity)),
      ),
      besideSample(finding, inspection, pictures, picture),
      first && tip(defect, design?.material, beside),
    );
  });
  return element(
    "section",
    { class: "card" },
    element("h3", {}, say("found")),
    element("ul", { class: "findings" }, rows),
  );
}

/** Of the design beside whose samples it was judged. */
const sampleUrl = ({ design, judged_as: judged }, { approved_sha256: sha256 }) =>
  `/v1/designs/${judged ?? design}/approved/${sha256}?width=320`;

/** Which photos that hers was compared with are here: they may come later than the answer. */
export function samplesBeside(inspection, picture = () => null) {
  const compared = findingsOf(inspection).flatMap(({ compared_with: there }) => there ?? []);
  return compared.map((there) => picture(sampleUrl(inspection, there)));
}

/** Here on her piece, there on the approved sample; nothing where one of the photos does not come. */
function besideSample({ photo, box, compared_with: there }, inspection, pictures, picture) {
  const { photos } = inspection;
  const at = photos.findIndex(({ index }) => index === photo);
  const sample = there && picture(sampleUrl(inspection, there));
  const src = pictures[at]?.src;
  if (!box || !sample || !src) return null;
  const { width, height } = photos[at];
  return patchPair(
    { src, width, height, box, label: say("your_piece") },
    { src: sample, ...there, label: say("sample") },
  );
}

export function handCard({ variance }) {
  return element(
    "section",
    { class: "card hand" },
    element("h3", {}, say("hand")),
    element("p", {}, handDots(variance.level), element("strong", {}, say(`variance.${variance.level}`))),
    element("p", { class: "quiet" }, say("hand.more")),
  );
}

/** What a person at the hub said: phrases in her language, free words as they were written, and marked so. */
export const saidAtHub = ({ phrases, note }) =>
  [
    ...(phrases ?? []).map((key) => element("p", { class: "note" }, say(`phrase.${key}`, {}, key))),
    note && element("p", { class: "note" }, note),
    note && element("p", { class: "quiet written" }, say("note.written")),
  ].filter(Boolean);
