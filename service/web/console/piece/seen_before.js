// A photo that was sent for another piece before, beside that one: a person asks, the machine says nothing of it.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";

/** The section of the panel: this photo and each earlier one of another piece; "" where there is none. */
export function seenBefore(inspection, house, api) {
  const rows = inspection.photos.flatMap((photo) => photo.seen_before.map((earlier) => row(photo, earlier, house, api)));
  if (rows.length === 0) return "";
  return element(
    "section",
    { class: "seen-before" },
    element("h3", {}, say("hub.seen_before")),
    element("p", { class: "quiet" }, say("hub.seen_before_about")),
    element("ul", {}, rows),
  );
}

function row(photo, earlier, house, api) {
  const { microfactory, lot, piece, inspection, photo: index, received_at: at } = earlier;
  const workshop = house.workshops.get(microfactory)?.name ?? microfactory;
  const marks = [lot && say("hub.lot_of", { lot }), say("hub.piece_of", { piece: piece ?? say("hub.without_mark") })].filter(Boolean).join(", ");
  const words = say("hub.seen_line", { number: photo.index + 1, marks, workshop, time: sayTime(at) });
  const pair = element("div", { class: "approved-photos" });
  const shown = [
    [say("hub.this_piece"), photo.photo_url],
    [say("hub.piece_named", { piece: piece ?? "" }), `/v1/inspections/${inspection}/photos/${index}`],
  ];
  for (const [label, url] of shown) {
    const image = element("img", { alt: label });
    const figure = element("figure", {}, image, element("figcaption", { class: "quiet" }, label));
    pair.append(figure);
    api.photo(url).then((src) => (image.src = src), () => figure.remove());
  }
  return element("li", {}, element("p", {}, words), pair);
}
