// The wanted view of a piece as an outline: what to show, before any word. Drawings are symbols of icons.svg (the
// piece from the front) and drawings.svg (from the side).

import { svg } from "../shared/dom.js";

const CATEGORIES = ["bangle", "cuff", "ring", "hoop", "drop", "pendant", "beads", "chain", "wrap"];
const BOX = "0 0 24 24";

/** An <svg>: the corners of a photo, and in them the piece as it shall be seen. */
export function outline(view, category, className = "") {
  const piece = CATEGORIES.includes(category) ? category : "ring";
  const drawn = { front, side, back, detail }[view] ?? front;
  return svg(
    "svg",
    { class: `icon outline ${className}`, viewBox: "-4 -4 32 32", "aria-hidden": "true" },
    svg("path", { class: "corners", d: "M-2 3v-5h5M26 3v-5h-5M-2 21v5h5M26 21v5h-5" }),
    drawn(piece),
  );
}

const symbol = (name, place = {}) => svg("use", { href: `#${name}`, width: 24, height: 24, ...place });

const front = (piece) => symbol(`icon-${piece}`);

const side = (piece) => symbol(`side-${piece}`);

/** The same piece, turned over: smaller, mirrored, under an arrow. */
const back = (piece) => [
  svg("g", { transform: "matrix(-.8 0 0 .8 21.6 6)" }, symbol(`icon-${piece}`)),
  svg("g", { class: "warm", transform: "translate(0 -3)" }, symbol("turn")),
];

/** A part of it, large: its right half fills the frame. */
const detail = (piece) =>
  svg("svg", { viewBox: "11 5 13 13", width: 24, height: 24, overflow: "hidden" }, [
    svg("svg", { viewBox: BOX, width: 24, height: 24, "stroke-width": 1 }, symbol(`icon-${piece}`)),
  ]);
