// The panel beside the photo: what the machine saw, and what the person makes of it.

import { element, find, svg } from "../../shared/dom.js";
import { patchPair } from "../../shared/patch.js";
import { handDots } from "../../shared/photo.js";
import { ANY, namedDefects, say, sayTime } from "../../shared/words.js";
import { named } from "../named.js";
import { appealSection, isPoor } from "./appeal.js";
import { decidedSection } from "./decided.js";
import { deleteSection } from "./delete.js";
import { designSection, sampleOf } from "./designs.js";
import { knownSection } from "./known.js";
import { phraseChips } from "./phrases.js";
import { chosenList, stepsLine } from "../review/chosen.js";
import { usualSeverity } from "../review/draft.js";
import { seenBefore } from "./seen_before.js";
import { standsSection } from "./stands.js";

export function fillPanel(inspection, draft, shown) {
  const { house, api, failed, workshop, design, onDeleted, ...show } = shown;
  const approved = sampleOf(inspection, house);
  find("#panel-body").replaceChildren(
    facts(inspection, workshop, design, approved, show.onWrongDesign),
    designSection(inspection, house, api, { onDesign: show.onDesign, failed }),
    decidedSection(inspection, draft),
    appealSection(inspection, api, show.showSecondPhoto),
    seenBefore(inspection, house, api),
    inspection.veiled ? "" : why(inspection, api, show.showMark),
    approvedSample(inspection, approved, api, show.showSample),
    inspection.veiled ? "" : standsSection(inspection, house, api),
    inspection.veiled ? "" : hand(inspection, approved),
    review(inspection, draft, shown),
    knownSection(inspection, house, api, failed),
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

function facts({ id, received_at: at, lot, piece, release }, workshop, design, approved, onWrongDesign) {
  const marks = [lot && say("hub.lot_of", { lot }), piece && say("hub.piece_of", { piece }), sayTime(at)].filter(Boolean).join(" · ");
  const kind = approved ? kindOf(approved) : "";
  return element(
    "section",
    { class: "facts" },
    element("h2", {}, design),
    element("p", {}, workshop),
    element("p", { class: "quiet" }, marks),
    element("p", { class: "quiet" }, [kind, say("hub.seen_by", { release })].filter(Boolean).join(" · ")),
    element(
      "div",
      { class: "steps" },
      element("a", { class: "whole-piece", href: `#pieces/${id}` }, say("hub.whole_piece")),
      element("button", { class: "button small", type: "button", id: "wrong-design", onclick: onWrongDesign }, `${say("hub.wrong_design")} `, element("kbd", {}, "I")),
    ),
  );
}

const kindOf = ({ material, category, stage }) =>
  say("hub.made_as", {
    material: named("material", material),
    category: named("category", category),
    stage: say(`hub.stage_${stage}`, {}, stage),
  });

const faultsOf = ({ photos }) =>
  [...new Set(photos.flatMap(({ faults }) => faults))].map((fault) => say(`hub.fault.${fault}`, {}, fault)).join(", ");

/** In a word: what is wrong with the photo; else the classes that were found, else doubt of the design, else variance. */
export function flaggedFor(inspection) {
  const { photos, variance, beside_approved: beside, veiled } = inspection;
  if (veiled) return say("hub.look");
  if (isPoor(inspection)) return say("hub.photo_faults", { faults: faultsOf(inspection) });
  const found = new Set(photos.flatMap(({ defects }) => defects.map(({ defect }) => defect)));
  if (found.size === 0 && beside?.in_doubt) return say("hub.this_design");
  if (found.size === 0) return variance.in_range ? say("hub.to_look") : say("hub.variance_only");
  return [...found].map((defect) => classOf(defect, beside)).join(", ");
}

/** Unlike the sample only where it was held beside one. */
const classOf = (defect, beside) =>
  defect === ANY ? say(beside ? "hub.unlike_sample" : "hub.of_no_kind") : named("defect", defect);

/** The reasons, and under them every score beside the threshold that it reached. */
function why(inspection, api, showMark) {
  const { reasons, retakes } = inspection;
  const design = inspection.judged_as ?? inspection.design; // beside whose samples it was seen
  const poor = isPoor(inspection);
  const photos = poor ? [] : inspection.photos;
  const told = poor ? [say("hub.after_retakes", { count: retakes }), say("hub.photo_poor", { faults: faultsOf(inspection) })] : [];
  const own = told.map((reason) => element("li", {}, reason));
  const lines = [...own, ...reasons.map((reason) => element("li", { lang: "en" }, reason))]; // the service's are English
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
            "aria-label": say("hub.show_mark", { number: at + 1, photo: photoAt + 1 }),
            onclick: () => showMark(photoAt, at + 1),
          },
          String(at + 1),
        ),
        element("span", {}, element("strong", {}, classOf(defect, there)), ` ${named("severity", severity)}`, photos.length > 1 && say("hub.and_photo", { number: photo.index + 1 })),
        scoreBar(score, threshold),
        element("span", { class: "score" }, `${score.toFixed(2)} ≥ ${threshold.toFixed(2)}`),
        there && besideSample(photo, box, there, design, api),
      ),
    ),
  );
  return element(
    "section",
    { class: "why" },
    element("h3", {}, say("hub.why_a_person")),
    element("ul", { class: "reasons" }, lines.length ? lines : element("li", {}, say("hub.no_reason"))),
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
          { src, width, height, box, label: say("hub.this_piece") },
          { src: sample, ...there, label: say("hub.approved_sample") },
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
    const image = element("img", { alt: say("hub.sample_of", { design: design.name }) });
    const large = { class: "sample", type: "button", title: say("hub.show_beside"), onclick: () => showSample(at) };
    const figure = element("figure", {}, element("button", large, image), view && element("figcaption", { class: "quiet" }, say(`view.${view}`)));
    api.photo(url).then((src) => (image.src = src), () => figure.remove());
    return figure;
  });
  const apart = beside && say(beside.in_doubt ? "hub.distance_unlike" : "hub.distance", { distance: beside.distance.toFixed(2) });
  return element(
    "section",
    { class: "approved" },
    element("h3", {}, say("hub.approved_sample")),
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
  const range = approved && { low: approved.approved_low, high: approved.approved_high };
  const within = range ? say("hub.within_range", range) : say("hub.within");
  const beyond = range ? say("hub.outside_range", range) : say("hub.outside");
  return element(
    "section",
    { class: "hand" },
    element("h3", {}, say("hub.variance")),
    element(
      "p",
      {},
      handDots(level),
      element("strong", {}, `${level} ${say(`variance.${level}`)}`),
      beside && level !== ownLevel(probabilities)
        ? ` ${say("hub.beside_sample")}`
        : ` ${say("hub.sure", { percent: Math.round(100 * probabilities[level - 1]) })}`,
    ),
    element("p", { class: inRange ? "quiet" : "outside" }, inRange ? within : beyond),
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
    element("h3", {}, say("hub.your_review")),
    checkedLine(draft, redraw, inspection.veiled),
    element(
      "div",
      { class: "chips", role: "group", "aria-label": say("hub.defects") },
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

/** Where it is veiled, nothing was found that could be kept as it is. */
function checkedLine(draft, redraw, veiled) {
  const box = element("input", { type: "checkbox", id: "checked" });
  box.checked = draft.checked;
  box.addEventListener("change", () => {
    draft.check(box.checked);
    redraw("#checked");
  });
  let words = say("hub.not_checked");
  if (draft.checked) words = draft.defects.length ? say("hub.checked_found") : say("hub.checked_none");
  return element("label", { class: "check", hidden: veiled }, box, words);
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
    named("defect", defect),
  );
}

function varianceLine(draft) {
  const levels = [1, 2, 3, 4, 5].map((level) =>
    element("option", { value: level, selected: draft.variance === level }, `${level} ${say(`variance.${level}`)}`),
  );
  const select = element(
    "select",
    { class: "field", id: "variance" },
    element("option", { value: "" }, say("hub.not_graded")),
    levels,
  );
  select.addEventListener("change", () => (draft.variance = Number(select.value) || null));
  return element("div", { class: "line" }, element("label", { for: "variance" }, say("hub.variance")), select);
}

function noteLine(draft) {
  const area = element("textarea", { class: "field", id: "note", rows: 2, maxlength: 1000 });
  area.value = draft.note;
  area.addEventListener("input", () => (draft.note = area.value));
  return element("div", {}, element("label", { for: "note" }, say("hub.note_to_workshop")), area);
}
