// The pieces behind a count: which they are, what became of them, and what was found; in a dialog.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { showDialog } from "../section.js";

export async function showPieces(page, title, house) {
  const rows = page.items.map((piece) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, house.workshops.get(piece.microfactory)?.name ?? piece.microfactory),
      element("td", {}, house.designs.get(piece.design)?.name ?? piece.design),
      element("td", {}, [piece.lot, piece.piece].filter(Boolean).join(" / ") || "–"),
      element("td", {}, say(`hub.status.${piece.status}`)),
      element("td", {}, defectsOf(piece).map((name) => say(`defect.${name}`, {}, name)).join(", ") || "–"),
      element("td", {}, sayTime(piece.received_at)),
    ),
  );
  const heads = ["hub.head.workshop", "hub.head.design", "hub.head.piece", "hub.head.status", "hub.head.defect", "hub.head.received"];
  const dialog = element("dialog", { class: "pieces-behind", "aria-label": title });
  dialog.append(
    element("div", { class: "figure-head" }, element("h2", {}, title), element("button", { class: "button small", type: "button", onclick: () => dialog.close() }, say("hub.close"))),
    element("p", { class: "quiet" }, say(page.next_cursor ? "hub.behind.first" : "hub.behind.all", { count: page.items.length })),
    element("div", { class: "wide" }, element("table", {}, element("thead", {}, element("tr", {}, heads.map((key) => element("th", { scope: "col" }, say(key))))), element("tbody", {}, rows))),
  );
  await showDialog(dialog);
}

/** As they count: what a person left, and what the machine found where nobody overturned it. */
function defectsOf(piece) {
  const overturned = ["passed", "accepted"].includes(piece.status);
  const found = (piece.status === "pending" ? null : piece.review?.defects) ?? (overturned ? [] : piece.photos.flatMap((photo) => photo.defects));
  return [...new Set(found.map((defect) => defect.defect))];
}
