// How the tools of a region look: a bar of them below the photo, and on it what they are about to do.

import { element, find, svg } from "../../../shared/dom.js";
import { say } from "../../../shared/words.js";

const TOOLS = { brush: "Q", erase: "T", polygon: "G", heat: "Y" };
const STEPS = 1000; // of the slider, to all of the photo's shorter side

/** @param {{least: number, most: number, onUse: (tool: string) => void, onSize: (share: number) => void}} ways */
export function fillBar(bar, { least, most, onUse, onSize }) {
  const buttons = Object.entries(TOOLS).map(([tool, key]) =>
    element(
      "button",
      { class: "button small", type: "button", "data-tool": tool, "aria-pressed": "false", onclick: () => onUse(tool) },
      element("span", {}, say(`hub.mark.${tool}`)),
      " ",
      element("kbd", {}, key),
    ),
  );
  const size = { type: "range", id: "brush-size", min: STEPS * least, max: STEPS * most, "aria-label": say("hub.mark.size") };
  const slider = element("input", size);
  slider.addEventListener("input", () => onSize(Number(slider.value) / STEPS));
  bar.replaceChildren(...buttons, slider);
}

/** @param {{tool: string|null, share: number, sizes: boolean, heat: boolean}} now */
export function showBar(bar, { tool, share, sizes, heat }) {
  for (const button of bar.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    if (button.dataset.tool === "heat") button.hidden = !heat;
  }
  const slider = find("#brush-size", bar);
  slider.disabled = !sizes;
  slider.value = String(Math.round(STEPS * share));
}

/** The polygon as far as it goes, and how wide the brush is. */
export function drawLines({ figure, width, height }, { points, at, radius }) {
  find(".photo-tool", figure)?.remove();
  if (!points.length && !(at && radius)) return;
  const layer = svg("svg", { class: "photo-tool", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  layer.style.setProperty("--unit", Math.min(width, height) / 100);
  const path = [...points, ...(points.length && at ? [at] : [])].map(({ x, y }) => `${x},${y}`).join(" ");
  for (const className of ["tool-under", "tool-line"]) {
    if (points.length) layer.append(svg("polyline", { points: path, class: className }));
    else layer.append(svg("circle", { cx: at.x, cy: at.y, r: radius, class: className }));
  }
  for (const { x, y } of points) layer.append(svg("circle", { cx: x, cy: y, class: "box-handle" }));
  figure.append(layer);
}
