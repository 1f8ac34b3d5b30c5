// Here, and there: a place on a piece beside the place of the approved sample that it was compared with.

import { element, svg } from "./dom.js";

const LEAST = 0.24; // of a photo's shorter side: what is around a place tells where it is

/**
 * A square cut out of a photo around a place, which is framed.
 * @param {{src: string, width: number, height: number, box: number[], label: string}} shown  box is x, y, width, height
 */
function patchOf({ src, width, height, box: [x, y, w, h], label }) {
  const shorter = Math.min(width, height);
  const side = Math.min(shorter, Math.max(2.2 * Math.max(w, h), LEAST * shorter));
  const left = within(x + w / 2 - side / 2, width - side);
  const top = within(y + h / 2 - side / 2, height - side);
  const pad = side / 40;
  const place = { x: x - pad, y: y - pad, width: w + 2 * pad, height: h + 2 * pad, rx: 2 * pad };
  return svg(
    "svg",
    { class: "patch", viewBox: `${left} ${top} ${side} ${side}`, role: "img", "aria-label": label },
    svg("image", { href: src, width, height, preserveAspectRatio: "none" }),
    svg("rect", { ...place, class: "frame-under" }),
    svg("rect", { ...place, class: "frame" }),
  );
}

/** Both places, each with its word under it. */
export function patchPair(here, there) {
  const shown = [here, there].map((one) =>
    element("figure", { class: "patch-side" }, patchOf(one), element("figcaption", { class: "quiet" }, one.label)),
  );
  return element("div", { class: "patches" }, shown);
}

const within = (value, most) => Math.min(Math.max(value, 0), Math.max(most, 0));
