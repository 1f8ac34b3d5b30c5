// Panes of the stage: one photo in each, or two in one frame of which the upper one shows to the right of a line.

import { element } from "../../shared/dom.js";

/** @param {{figure: HTMLElement, width: number, height: number, caption: string}} photo */
export function paneOf(photo, shift) {
  const { caption } = photo;
  return framed([photo], element("div", { class: "pane" }, photo.figure, caption && said(caption)), shift);
}

/** Both in the same frame; `whole` shows the upper one alone. */
export function swipePane(lower, upper, whole) {
  const over = element("div", { class: whole ? "pane-over whole" : "pane-over" }, upper.figure, said(upper.caption, "end"));
  return framed([lower, upper], element("div", { class: "pane swipe" }, lower.figure, whole || said(lower.caption), over));
}

/** Lay the photos of a pane where the lens has them. */
export function layPane(pane, lens) {
  for (const { figure, ratio } of pane.photos) {
    for (const [side, length] of Object.entries(lens.place(roomOf(pane), ratio, pane.shift))) {
      figure.style[side] = `${length}px`;
    }
    figure.style.setProperty("--near", lens.scale);
  }
}

export const roomOf = ({ clientWidth: width, clientHeight: height }) => ({ width, height });

/** From the middle of one photo's place to the middle of another's, each in shares of its photo. */
export function between(here, there) {
  if (!here.box || !there.box) return { x: 0, y: 0 };
  const [one, other] = [centreOf(here), centreOf(there)];
  return { x: other.x - one.x, y: other.y - one.y };
}

export const centreOf = ({ box: [x, y, w, h], width, height }) => ({ x: (x + w / 2) / width, y: (y + h / 2) / height });

const said = (words, side = "start") => element("span", { class: `pane-caption ${side}` }, words);

function framed(photos, pane, shift = { x: 0, y: 0 }) {
  const sized = photos.map(({ figure, width, height }) => ({ figure, ratio: width / height }));
  return Object.assign(pane, { photos: sized, shift, ratio: sized[0].ratio });
}
