// The home screen: which design, how the month went, the last pieces.

import { element, find, icon, svg } from "../shared/dom.js";
import { say, sayTime } from "../shared/words.js";

export const STATUS_ICONS = {
  passed: "check",
  accepted: "check",
  pending: "eye",
  retake: "again",
  rework: "tool",
  rejected: "cross",
};

/** accepted looks like passed: both are good news. */
export const statusClass = (status) => (status === "accepted" ? "passed" : status);

export function fillDesign(design) {
  const button = find("#design");
  if (!design) {
    button.replaceChildren(
      icon("bangle", "quiet"),
      element("span", { class: "text" }, element("strong", {}, say("design.choose"))),
    );
    return;
  }
  button.replaceChildren(...designFace(design), element("span", { class: "change" }, say("design.change")));
}

export function fillDesigns(designs, chosen, onChoose) {
  const cards = designs.map((design) =>
    element(
      "li",
      {},
      element(
        "button",
        {
          class: "card design",
          type: "button",
          "aria-current": design.id === chosen?.id ? "true" : null,
          onclick: () => onChoose(design),
        },
        designFace(design),
      ),
    ),
  );
  const none = element("li", { class: "quiet" }, say("design.none"));
  find("#designs-list").replaceChildren(...(cards.length ? cards : [none]));
}

function designFace({ name, category, material }) {
  const kind = [say(`category.${category}`, {}, category), say(`material.${material}`, {}, material)].join(", ");
  return [
    icon(category, `material-${material}`),
    element(
      "span",
      { class: "text" },
      element("strong", {}, name),
      element("small", { class: "quiet" }, kind),
    ),
  ];
}

export function fillShare({ pieces_decided: decided, pieces_passed: passed, pieces_pending: pending }) {
  const lines = [];
  if (decided > 0) {
    lines.push(
      element("p", { class: "figure" }, say("share", { passed, decided })),
      svg(
        "svg",
        { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { width: (100 * passed) / decided, height: 10 }),
      ),
    );
  } else {
    lines.push(element("p", { class: "figure" }, say("share.none")));
  }
  if (pending > 0) lines.push(element("p", { class: "quiet" }, say("share.pending", { pending })));
  find("#share").replaceChildren(...lines);
}

export function fillPieces(inspections, designs, onOpen) {
  const rows = inspections.map((inspection) => {
    const { design, lot, status, received_at: at } = inspection;
    const name = designs.find(({ id }) => id === design)?.name ?? design;
    return element(
      "li",
      {},
      element(
        "button",
        { class: "piece", type: "button", onclick: () => onOpen(inspection) },
        element("span", { class: `state ${statusClass(status)}` }, icon(STATUS_ICONS[status])),
        element(
          "span",
          { class: "text" },
          element("strong", {}, say(`status.${status}`)),
          element("small", {}, lot ? `${name} · ${lot}` : name),
        ),
        element("small", { class: "when" }, sayTime(at)),
      ),
    );
  });
  const none = element("li", { class: "quiet" }, say("pieces.none"));
  find("#pieces").replaceChildren(...(rows.length ? rows : [none]));
}
