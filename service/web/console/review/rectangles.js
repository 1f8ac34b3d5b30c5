// Boxes on a photo as numbers: x, y, width, height in its pixels, always within it.

import { clamp } from "./lens.js";

const LEAST = 4; // pixels: a smaller one is a slip

/** Between two corners; null where it is too small to be meant. */
export function spanned(from, to, photo) {
  const [one, other] = [from, to].map((point) => inside(point, photo));
  const box = [Math.min(one.x, other.x), Math.min(one.y, other.y), Math.abs(one.x - other.x), Math.abs(one.y - other.y)];
  const whole = box.map(Math.round);
  return whole[2] < LEAST || whole[3] < LEAST ? null : whole;
}

export function moved([x, y, w, h], across, down, { width, height }) {
  return [clamp(x + across, 0, width - w), clamp(y + down, 0, height - h), w, h].map(Math.round);
}

/** Its lower right corner goes. */
export function sized([x, y, w, h], across, down, { width, height }) {
  return [x, y, clamp(w + across, LEAST, width - x), clamp(h + down, LEAST, height - y)].map(Math.round);
}

/** A square of a share of the photo's shorter side around a place. */
export function around({ x, y }, share, photo) {
  const side = share * Math.min(photo.width, photo.height);
  return moved([x - side / 2, y - side / 2, side, side], 0, 0, photo);
}

export const corners = ([x, y, w, h]) => [
  { x, y },
  { x: x + w, y },
  { x, y: y + h },
  { x: x + w, y: y + h },
];

export const holds = ([x, y, w, h], point) => point.x >= x && point.x <= x + w && point.y >= y && point.y <= y + h;

const inside = ({ x, y }, { width, height }) => ({ x: clamp(x, 0, width), y: clamp(y, 0, height) });
