// Where on the photo a person sees a defect: boxes that are drawn, moved, sized and taken away, by hand or by keys.

import { element, find, svg } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { named } from "../named.js";
import { around, corners, holds, moved, sized, spanned } from "./rectangles.js";

const NEAR = 14; // CSS pixels from a corner that are still the corner
const CLICK = 4; // CSS pixels that a click may slip
const STEP = 0.01; // of the photo's shorter side, of a key
const FIRST = 0.2; // of it: the box that a key places

export class Boxes {
  /**
   * @param {HTMLElement} root  the stage
   * @param {() => {draft: object, photo: number}|null} now  her review, and the index of the photo on the stage; null
   *   where nothing can be noted on it
   * @param {() => void} changed  called when the review is another
   * @param {() => boolean} busy  whether another tool is in use
   */
  constructor(root, now, changed, busy) {
    Object.assign(this, { root, now, changed, busy });
    Object.assign(this, { here: null, drawing: false, drag: null });
    root.addEventListener("pointermove", (event) => this.drag && this.#follow(event));
    root.addEventListener("pointerup", (event) => this.#drop(event));
    root.addEventListener("pointercancel", () => this.#stop());
    root.addEventListener("click", (event) => this.#choose(event));
  }

  /** On another photo nothing is being drawn. */
  leave() {
    Object.assign(this, { drawing: false, drag: null });
  }

  /** @param {{figure: HTMLElement, width: number, height: number, middle: () => {x: number, y: number}}} here */
  on(here) {
    this.here = here;
    this.draw();
  }

  /** The defect in hand gets its place now. */
  begin() {
    this.drawing = this.#inHand()?.box === null && !this.busy();
    if (this.drawing) {
      this.root.classList.remove("unframed");
      find("#frames").setAttribute("aria-pressed", "true");
      this.root.scrollIntoView({ block: "nearest" }); // on a phone the list of defects is far below the photo
    }
    this.draw();
  }

  #inHand() {
    const at = this.now();
    const one = at?.draft.defects[at.draft.chosen];
    return one?.photo === at?.photo ? one : undefined;
  }

  // By hand

  /** Whether a pointer is for a box. */
  claims(event) {
    this.from = { x: event.clientX, y: event.clientY };
    const point = this.#pointOf(event);
    if (!point) return false;
    const box = this.#inHand()?.box;
    if (this.drawing) this.drag = { box: null, to: (at) => spanned(point, at, this.here) };
    else if (box && !this.#inHand().mask) this.drag = this.#dragOf(box, point);
    if (!this.drag) return false;
    this.root.setPointerCapture(event.pointerId);
    return true;
  }

  #dragOf(box, point) {
    const reach = (NEAR * this.here.width) / this.here.figure.clientWidth;
    const far = corners(box).map(({ x, y }) => Math.hypot(x - point.x, y - point.y));
    const nearest = far.indexOf(Math.min(...far));
    if (far[nearest] <= reach) {
      const fixed = corners(box)[3 - nearest]; // the corner across
      return { box, to: (at) => spanned(fixed, at, this.here) };
    }
    if (!holds(box, point)) return null;
    return { box, to: ({ x, y }) => moved(box, x - point.x, y - point.y, this.here) };
  }

  #follow(event) {
    this.drag.box = this.drag.to(this.#place(event)) ?? this.drag.box;
    this.drag.went = true;
    this.draw();
  }

  #drop() {
    const { drag } = this;
    this.drag = null;
    if (!drag?.went || !drag.box) return;
    this.#set(drag.box);
  }

  #stop() {
    this.drag = null;
    this.draw();
  }

  #set(box) {
    const { draft } = this.now();
    this.drawing = false;
    draft.change(draft.chosen, { box, mask: null });
    this.changed();
  }

  /** A click takes the smallest box under it in hand, or lets go of the one that was. */
  #choose(event) {
    const point = this.#pointOf(event);
    const slipped = Math.hypot(event.clientX - this.from?.x, event.clientY - this.from?.y);
    if (!point || this.drawing || this.busy() || !(slipped < CLICK)) return;
    const { draft, photo } = this.now();
    const area = (at) => draft.defects[at].box[2] * draft.defects[at].box[3];
    const under = this.#placed(draft, photo).filter((at) => holds(draft.defects[at].box, point));
    const chosen = under.sort((one, other) => area(one) - area(other))[0] ?? -1;
    if (chosen === draft.chosen) return;
    draft.chosen = chosen;
    this.changed();
  }

  /** Pixels of the photo; null where the pointer is on no photo that can be noted on. */
  #pointOf(event) {
    const pane = this.here?.figure.closest(".pane");
    return pane?.contains(event.target) && this.now() ? this.#place(event) : null;
  }

  #place({ clientX, clientY }) {
    const { left, top, width } = this.here.figure.getBoundingClientRect();
    const scale = this.here.width / width;
    return { x: (clientX - left) * scale, y: (clientY - top) * scale };
  }

  // By keys; each says whether there was anything to do

  /** The next box of the photo in hand. */
  next() {
    const at = this.now();
    const placed = at ? this.#placed(at.draft, at.photo) : [];
    if (placed.length === 0) return false;
    at.draft.chosen = placed[(placed.indexOf(at.draft.chosen) + 1) % placed.length];
    this.changed();
    return true;
  }

  /** @param {boolean} size  whether it becomes larger or smaller, not elsewhere */
  step([across, down], size) {
    const { box, mask } = this.#inHand() ?? {};
    if (!box || mask) return false;
    const step = Math.max(1, Math.round(STEP * Math.min(this.here.width, this.here.height)));
    this.#set((size ? sized : moved)(box, across * step, down * step, this.here));
    return true;
  }

  place() {
    if (!this.drawing) return false;
    this.#set(around(this.here.middle(), FIRST, this.here));
    return true;
  }

  remove() {
    if (!this.#inHand()) return false;
    const { draft } = this.now();
    this.leave();
    draft.remove(draft.chosen);
    this.changed();
    return true;
  }

  /** What is being drawn is taken back; what is in hand is let go. */
  escape() {
    if (this.drag) this.#stop();
    else if (this.drawing) {
      this.leave();
      this.now().draft.takeBack();
      this.changed();
    } else if (this.#inHand()) {
      this.now().draft.chosen = -1;
      this.changed();
    } else return false;
    return true;
  }

  // As it looks

  #placed(draft, photo) {
    return draft.defects.flatMap(({ photo: on, box }, at) => (on === photo && box ? [at] : []));
  }

  draw() {
    const at = this.now();
    this.drawing &&= this.#inHand()?.box === null && !this.busy();
    this.root.classList.toggle("drawing", this.drawing);
    this.#hint();
    if (!this.here) return;
    const { figure, width, height } = this.here;
    find(".photo-boxes", figure)?.remove();
    figure.classList.toggle("corrected", Boolean(at?.draft.checked));
    if (!at) return;
    const { draft, photo } = at;
    const layer = svg("svg", { class: "photo-boxes", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    layer.style.setProperty("--unit", Math.min(width, height) / 100);
    // As the machine found them they have its own frames.
    const shown = draft.checked ? this.#placed(draft, photo) : this.#placed(draft, photo).filter((one) => one === draft.chosen);
    for (const index of shown) if (index !== draft.chosen) layer.append(drawn(draft.defects[index]));
    const inHand = this.#inHand();
    const box = this.drag?.box ?? inHand?.box;
    if (box) layer.append(drawn({ ...inHand, box }, true));
    figure.append(layer);
  }

  #hint() {
    const one = this.#inHand();
    let words = one?.box ? say(one.mask ? "hub.region_in_hand" : "hub.box_in_hand") : "";
    if (this.drawing) words = say("hub.draw_box", { defect: named("defect", one.defect) });
    find("#hint").replaceChildren(...(words ? [element("span", {}, words)] : []));
  }
}

function drawn({ defect, box, mask }, inHand = false) {
  const [x, y, width, height] = box;
  const place = { x, y, width, height };
  const handles = inHand && !mask ? corners(box).map(({ x: cx, y: cy }) => svg("circle", { cx, cy, class: "box-handle" })) : [];
  return svg(
    "g",
    { class: inHand ? "box in-hand" : "box" },
    ...(mask ? [] : ["box-under", "box-line"].map((name) => svg("rect", { ...place, class: name }))),
    svg("text", { x, y, dy: "-.4em", class: "box-name" }, named("defect", defect ?? "")),
    ...handles,
  );
}
