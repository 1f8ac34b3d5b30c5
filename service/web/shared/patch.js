// Here, and there: a place on a piece beside the place of the approved sample that it was compared with.

import { element, svg } from "./dom.js";

const LEAST = 0.24; // of a photo's shorter side: what is around a place tells where it is

/** A square cut out of a photo around a place, which is framed; `share` is its side, of the photo's shorter one. */
function patchOf({ src, width, height, box: [x, y, w, h], label }, share) {
  const side = share * Math.min(width, height);
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

/**
 * Both places, as large as each other and each with its word under it.
 * @param {{src: string, width: number, height: number, box: number[], label: string}} here  box is x, y, width, height
 */
export function patchPair(here, there) {
  const share = Math.min(1, Math.max((2.2 * Math.max(...here.box.slice(2))) / Math.min(here.width, here.height), LEAST));
  const shown = [here, there].map((one) =>
    element("figure", { class: "patch-side" }, patchOf(one, share), element("figcaption", { class: "quiet" }, one.label)),
  );
  return element("div", { class: "patches" }, shown);
}

const within = (value, most) => Math.min(Math.max(value, 0), Math.max(most, 0));
