// A photo with what the machine saw laid over it: heat as a picture, regions as numbered frames.

import { element, svg } from "./dom.js";

/**
 * @param {{src: string|null, heat: string|null, alt: string, width: number, height: number,
 *   marks: {box: number[]|null}[], numerals?: number}} shown  box is x, y, width, height in photo pixels; marks are numbered 1…, `numerals` scales the numbers
 */
export function photoFigure({ src, heat, alt, width, height, marks, numerals = 1 }) {
  const figure = element(
    "div",
    { class: "photo" },
    element("img", { class: "photo-seen", src, alt, width, height }),
    heat && element("img", { class: "photo-heat", src: heat, alt: "", width, height }),
    svg(
      "svg",
      { class: "photo-marks", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      marks.map(({ box, number }, at) => box && frame(box, number ?? at + 1, width, height, numerals)),
    ),
  );
  figure.style.setProperty("--ratio", width / height);
  return figure;
}

export function showHeat(figure, on) {
  figure.classList.toggle("with-heat", on);
}

function frame([x, y, w, h], number, width, height, numerals) {
  const unit = Math.min(width, height) / 100;
  // A frame a little larger than the region, so that its line does not hide what it shows.
  const left = Math.max(x - 2 * unit, unit);
  const top = Math.max(y - 2 * unit, unit);
  const right = Math.min(x + w + 2 * unit, width - unit);
  const bottom = Math.min(y + h + 2 * unit, height - unit);
  const place = { x: left, y: top, width: right - left, height: bottom - top, rx: 1.5 * unit };
  const radius = 3.6 * unit * numerals;
  const centre = { x: Math.max(left, radius + unit), y: Math.max(top, radius + unit) };
  return svg(
    "g",
    {},
    svg("rect", { ...place, class: "frame-under" }),
    svg("rect", { ...place, class: "frame" }),
    svg("circle", { cx: centre.x, cy: centre.y, r: radius, class: "frame-dot" }),
    svg(
      "text",
      { x: centre.x, y: centre.y, class: "frame-number", "font-size": 1.4 * radius, dy: ".36em" },
      String(number),
    ),
  );
}

/** Five dots, one of them filled: where the hand lies between very even and very free. No mark, so no colour. */
export function handDots(level) {
  const dots = [1, 2, 3, 4, 5].map((at) => element("span", { class: at === level ? "dot here" : "dot" }));
  return element("span", { class: "dots", "aria-hidden": "true" }, dots);
}
