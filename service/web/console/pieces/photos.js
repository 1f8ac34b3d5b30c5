// The photos of an inspection, each with what the machine marked; heat on demand.

import { element } from "../../shared/dom.js";
import { photoFigure, showHeat } from "../../shared/photo.js";
import { regionsLayer } from "../../shared/regions.js";
import { say } from "../../shared/words.js";
import { isPoor, noLongerKept } from "../piece/appeal.js";
import { kindOf } from "./states.js";

export function photosPart(inspection, api) {
  return element("div", { class: "piece-photos" }, inspection.photos.map((photo) => figure(inspection, photo, api)));
}

function figure(inspection, photo, api) {
  const view = say(`view.${photo.view}`);
  const name = say("hub.photo_number", { number: photo.index + 1, view });
  const marks = isPoor(inspection) ? [] : photo.defects;
  const said = inspection.review?.defects?.filter(({ photo: on, mask }) => on === photo.index && mask) ?? [];
  const place = element("div", { class: "piece-photo" });
  const turn = element("button", { class: "button small", type: "button", "aria-pressed": "false" }, say("hub.heat"));
  turn.setAttribute("aria-label", `${say("hub.heat")}: ${name}`);
  turn.hidden = true;
  if (photo.removed_at) place.append(element("p", {}, noLongerKept(name, photo)));
  else void draw(place, photo, { alt: name, marks, said, turn }, api);
  return element(
    "figure",
    {},
    place,
    element("figcaption", {}, element("span", {}, name), turn),
    said.length > 0 && element("p", { class: "quiet" }, say("hub.marked_by_people", { defects: [...new Set(said.map(({ defect }) => kindOf(defect)))].join(", ") })),
    marks.length > 0 && element("ol", { class: "marks" }, marks.map(markLine)),
  );
}

async function draw(place, { photo_url: url, heatmap_url: heatUrl, width, height }, { alt, marks, said, turn }, api) {
  let src;
  try {
    src = await api.photo(url);
  } catch {
    place.append(element("p", { class: "notice" }, say("hub.photo_lost")));
    return;
  }
  const drawn = (heat) => {
    const made = photoFigure({ src, heat, alt, width, height, marks });
    const regions = regionsLayer(said, { width, height });
    if (regions) made.append(regions);
    return made;
  };
  let shown = drawn(null);
  place.append(shown);
  turn.hidden = !heatUrl;
  turn.addEventListener("click", async () => {
    const on = turn.getAttribute("aria-pressed") !== "true";
    turn.setAttribute("aria-pressed", String(on));
    if (on && !shown.querySelector(".photo-heat")) {
      const heat = await api.photo(heatUrl).catch(() => null);
      const fresh = drawn(heat);
      shown.replaceWith(fresh);
      shown = fresh;
    }
    showHeat(shown, turn.getAttribute("aria-pressed") === "true");
  });
}

const markLine = ({ defect, severity, score, threshold }) =>
  element("li", {}, `${kindOf(defect)}, ${say(`severity.${severity}`, {}, severity)}, ${score.toFixed(2)} ≥ ${threshold.toFixed(2)}`);
