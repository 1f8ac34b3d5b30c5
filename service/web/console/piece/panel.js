// The panel beside the photo: what the machine saw, and what the person makes of it.

import { element, find, svg } from "../../shared/dom.js";
import { patchPair } from "../../shared/patch.js";
import { handDots } from "../../shared/photo.js";
import { ANY, namedDefects, say, sayTime } from "../../shared/words.js";
import { appealSection, isPoor } from "./appeal.js";
import { decidedSection } from "./decided.js";
import { deleteSection } from "./delete.js";
import { phraseChips } from "./phrases.js";
import { chosenList, stepsLine } from "../review/chosen.js";
import { usualSeverity } from "../review/draft.js";
import { seenBefore } from "./seen_before.js";
import { standsSection } from "./stands.js";

export function fillPanel(inspection, draft, shown) {
  const { house, api, workshop, design, onDeleted, ...show } = shown;
  const approved = house.designs.get(inspection.design);
  find("#panel-body").replaceChildren(
    facts(inspection, workshop, design, approved),
    decidedSection(inspection, draft),
    appealSection(inspection, api, show.showSecondPhoto),
    seenBefore(inspection, house, api),
    why(inspection, api, show.showMark),
    approvedSample(inspection, approved, api, show.showSample),
    standsSection(inspection, house, api),
    hand(inspection, approved),
    review(inspection, draft, shown),
    deleteSection(inspection, house, api, onDeleted),
  );
}

/** Her review alone, as it is now. */
export function refillReview(inspection, draft, shown) {
  const made = review(inspection, draft, shown);
  find(".review").replaceWith(made);
  const { scrollHeight, clientHeight } = find("#panel-body");
  if (scrollHeight > clientHeight) made.scrollIntoView({ block: "nearest" }); // else the photo would leave the screen
}

/** A person may name what the network does not know yet: that is how it comes to learn it. */
export const classesOf = (draft, house) => [
  ...new Set([...house.defects, ...namedDefects(), ...draft.found.map(({ defect }) => defect)]),
];

function facts({ received_at: at, lot, piece, release }, workshop, design, approved) {
  const marks = [lot && `lot ${lot}`, piece && `piece ${piece}`, sayTime(at)].filter(Boolean).join(" · ");
  const kind = approved ? `${approved.material} ${approved.category}, ${approved.stage}` : "";
  return element(
    "section",
    { class: "facts" },
    element("h2", {}, design),
    element("p", {}, workshop),
    element("p", { class: "quiet" }, marks),
    element("p", { class: "quiet" }, [kind, `seen by ${release}`].filter(Boolean).join(" · ")),
  );
}

const faultsOf = ({ photos }) =>
  [...new Set(photos.flatMap(({ faults }) => faults))].map((fault) => fault.replace("_", " ")).join(", ");

/** In a word: what is wrong with the photo; else the classes that were found, else doubt of the design, else variance. */
export function flaggedFor(inspection) {
  const { photos, variance, beside_approved: beside } = inspection;
  if (isPoor(inspection)) return `photo: ${faultsOf(inspection)}`;
  const found = new Set(photos.flatMap(({ defects }) => defects.map(({ defect }) => defect)));
  if (found.size === 0 && beside?.in_doubt) return "this design?";
  if (found.size === 0) return variance.in_range ? "look" : "variance";
  return [...found].map((defect) => classOf(defect, beside)).join(", ");
}

/** Unlike the sample only where it was held beside one. */
const classOf = (defect, beside) => (defect === ANY ? (beside ? "unlike the sample" : "of no named kind") : defect);

/** The reasons, and under them every score beside the threshold that it reached. */
function why(inspection, api, showMark) {
  const { reasons, design, retakes } = inspection;
  const poor = isPoor(inspection);
  const photos = poor ? [] : inspection.photos;
  const tries = `After ${retakes} photos that were to be taken again, the workshop sent the piece to a person.`;
  const told = poor ? [tries, `The photo is not good enough to judge by: ${faultsOf(inspection)}.`] : [];
  const lines = [...told, ...reasons].map((reason) => element("li", {}, reason));
  const scores = photos.flatMap((photo, photoAt) =>
    photo.defects.map(({ defect, severity, score, threshold, box, compared_with: there }, at) =>
      element(
        "li",
        {},
        element(
          "button",
          {
            class: "number",
            type: "button",
            "data-mark": `${photoAt}-${at + 1}`,
            "aria-label": `Show mark ${at + 1} of photo ${photoAt + 1} from near`,
            onclick: () => showMark(photoAt, at + 1),
          },
          String(at + 1),
        ),
        element("span", {}, element("strong", {}, classOf(defect, there)), ` ${severity}`, photos.length > 1 && `, photo ${photo.index + 1}`),
        scoreBar(score, threshold),
        element("span", { class: "score" }, `${score.toFixed(2)} ≥ ${threshold.toFixed(2)}`),
        there && besideSample(photo, box, there, design, api),
      ),
    ),
  );
  return element(
    "section",
    { class: "why" },
    element("h3", {}, "Why a person looks"),
    element("ul", { class: "reasons" }, lines.length ? lines : element("li", {}, "No reason was given.")),
    scores.length > 0 && element("ol", { class: "scores" }, scores),
  );
}

/** Here on the piece, there on the approved sample; nothing where a photo does not come. */
function besideSample(photo, box, there, design, api) {
  const place = element("div", {});
  const wanted = [photo.photo_url, `/v1/designs/${design}/approved/${there.approved_sha256}`];
  Promise.all(wanted.map((url) => api.photo(url))).then(
    ([src, sample]) => {
      const { width, height } = photo;
      place.append(
        patchPair(
          { src, width, height, box, label: "This piece" },
          { src: sample, ...there, label: "Approved sample" },
        ),
      );
    },
    () => place.remove(),
  );
  return place;
}

function scoreBar(score, threshold) {
  const tick = { x1: 100 * threshold, x2: 100 * threshold, y1: 0, y2: 12, class: "tick" };
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", y: 3, width: 100, height: 6 }),
    svg("rect", { class: "value", y: 3, width: 100 * score, height: 6 }),
    svg("line", tick),
  );
}

/** What the piece should look like. */
function approvedSample({ beside_approved: beside }, design, api, showSample) {
  const urls = design?.approved_photos ?? [];
  if (urls.length === 0) return "";
  const photos = urls.map((url, at) => {
    const view = design.approved_views?.[at];
    const image = element("img", { alt: `Approved sample of ${design.name}` });
    const large = { class: "sample", type: "button", title: "Show it beside the photo", onclick: () => showSample(at) };
    const figure = element("figure", {}, element("button", large, image), view && element("figcaption", { class: "quiet" }, say(`view.${view}`)));
    api.photo(url).then((src) => (image.src = src), () => figure.remove());
    return figure;
  });
  const apart = beside && `This piece: distance ${beside.distance.toFixed(2)}${beside.in_doubt ? ", unlike it" : ""}.`;
  return element(
    "section",
    { class: "approved" },
    element("h3", {}, "Approved sample"),
    element("div", { class: "approved-photos" }, photos),
    apart && element("p", { class: "quiet" }, apart),
  );
}

/** The middle level by what the network alone says. */
function ownLevel(probabilities) {
  let sum = 0;
  return 1 + probabilities.findIndex((share) => (sum += share) >= 0.5);
}

function hand(inspection, approved) {
  const { variance, beside_approved: beside } = inspection;
  if (isPoor(inspection)) return "";
  const { level, in_range: inRange, probabilities } = variance;
  const range = approved ? ` ${approved.approved_low} to ${approved.approved_high}` : "";
  const within = inRange ? `Within what the design approves${range && `,${range}`}.` : "";
  const beyond = inRange ? "" : `Outside what the design approves${range && `,${range}`}. Not a defect.`;
  return element(
    "section",
    { class: "hand" },
    element("h3", {}, "Variance"),
    element(
      "p",
      {},
      handDots(level),
      element("strong", {}, `${level} ${say(`variance.${level}`)}`),
      beside && level !== ownLevel(probabilities)
        ? " (beside the approved sample)"
        : ` (${Math.round(100 * probabilities[level - 1])} % sure)`,
    ),
    element("p", { class: inRange ? "quiet" : "outside" }, within || beyond),
  );
}

function review(inspection, draft, shown) {
  const { house, photoAt, onReview } = shown;
  const section = element("section", { class: "review" });
  // The photo that came with an appeal was never inspected: what is said then is said of the first.
  const photo = inspection.photos[photoAt]?.index ?? 0;
  const redraw = (focus) => {
    section.replaceWith(review(inspection, draft, shown));
    find(focus)?.focus();
    onReview();
  };
  section.append(
    element("h3", {}, "Your review"),
    checkedLine(draft, redraw),
    element(
      "div",
      { class: "chips", role: "group", "aria-label": "Defects" },
      classesOf(draft, house).map((defect) => chip(defect, photo, draft, house, redraw)),
    ),
    chosenList(inspection, draft, shown),
    stepsLine(draft, shown),
    varianceLine(draft),
    phraseChips(draft, redraw),
    noteLine(draft),
  );
  return section;
}

function checkedLine(draft, redraw) {
  const box = element("input", { type: "checkbox", id: "checked" });
  box.checked = draft.checked;
  box.addEventListener("change", () => {
    draft.check(box.checked);
    redraw("#checked");
  });
  let words = "Not checked: kept as the machine found it";
  if (draft.checked) words = draft.defects.length ? "Checked: these are the defects" : "Checked: no defect";
  return element("label", { class: "check" }, box, words);
}

function chip(defect, photo, draft, house, redraw) {
  const on = draft.defects.some((one) => one.defect === defect && one.photo === photo);
  const id = `chip-${defect}`;
  const onclick = () => {
    draft.toggle(photo, defect, usualSeverity(house, defect));
    redraw(`[data-chip="${defect}"]`);
  };
  return element(
    "button",
    { class: "button", type: "button", "data-chip": defect, id, "aria-pressed": String(on), onclick },
    defect,
  );
}

function varianceLine(draft) {
  const levels = [1, 2, 3, 4, 5].map((level) =>
    element("option", { value: level, selected: draft.variance === level }, `${level} ${say(`variance.${level}`)}`),
  );
  const select = element(
    "select",
    { class: "field", id: "variance" },
    element("option", { value: "" }, "not graded by me"),
    levels,
  );
  select.addEventListener("change", () => (draft.variance = Number(select.value) || null));
  return element("div", { class: "line" }, element("label", { for: "variance" }, "Variance"), select);
}

function noteLine(draft) {
  const area = element("textarea", { class: "field", id: "note", rows: 2, maxlength: 1000 });
  area.value = draft.note;
  area.addEventListener("input", () => (draft.note = area.value));
  return element("div", {}, element("label", { for: "note" }, "Note to the workshop, shown as you write it"), area);
}
