// Where on a design defects lie: a heat picture over the approved sample, and the same in a table by ninths.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { firstDay } from "../days.js";
import { choice, labelled, part, VIEWS } from "../page.js";
import { kindOf } from "../pieces/states.js";

const DAYS = 365;

/** Fills itself once it is known. */
export function placesPart({ api, house, failed }, { id, name, views }) {
  const body = element("div", { class: "defect-places" });
  const choose = choice("view", views[0], VIEWS.map((view) => [view, say(`view.${view}`)]));
  const load = async () => {
    const since = firstDay(house, DAYS);
    const asked = `?${new URLSearchParams({ since, view: choose.value })}`;
    const path = `/v1/designs/${encodeURIComponent(id)}/defect-places`;
    body.replaceChildren(element("p", { class: "quiet" }, say("loading")));
    try {
      const found = await api.get(path + asked);
      body.replaceChildren(...(found.marks ? told(found) : [element("p", {}, say("hub.places.none"))]));
      if (!found.marks) return;
      const src = await api.photo(`${path}/heat.png${asked}`);
      body.prepend(element("img", { class: "heat", src, alt: say("hub.places.picture", { name }) }));
    } catch (error) {
      body.replaceChildren(element("p", { class: "notice", role: "alert" }, failed(error)));
    }
  };
  choose.addEventListener("change", load);
  void load();
  return part(say("hub.places"), element("p", { class: "quiet" }, say("hub.places.define", { days: DAYS })), labelled(say("hub.places.view"), choose), body);
}

function told({ items, marks, pieces, by_photo: byPhoto, unplaced, over_sample: over }) {
  const most = Math.max(...items.map((one) => one.marks));
  const rows = [0, 1, 2].map((row) =>
    element("tr", {}, element("th", { scope: "row" }, say(`hub.ninth.${items[3 * row].row}`)), items.slice(3 * row, 3 * row + 3).map((one) => cell(one, most))),
  );
  const heads = items.slice(0, 3).map((one) => element("th", { scope: "col" }, say(`hub.ninth.${one.column}`)));
  const table = element("table", { class: "ninths" }, element("thead", {}, element("tr", {}, element("td", {}), heads)), element("tbody", {}, rows));
  return [
    element(
      "div",
      {},
      element("p", {}, say("hub.places.counted", { marks, pieces })),
      table,
      byPhoto > 0 && element("p", { class: "quiet" }, say("hub.places.by_photo", { count: byPhoto })),
      unplaced > 0 && element("p", { class: "quiet" }, say("hub.places.unplaced", { count: unplaced })),
      !over && element("p", { class: "quiet" }, say("hub.places.no_sample")),
    ),
  ];
}

/** The count in words, and the classes; what has most of all is in bold. */
function cell({ marks, defects }, most) {
  const names = defects.slice(0, 2).map((one) => `${kindOf(one.defect)} ${sayNumber(one.marks)}`);
  const count = element(marks && marks === most ? "strong" : "span", {}, sayNumber(marks));
  return element("td", {}, count, names.length > 0 && element("small", {}, names.join(", ")));
}
