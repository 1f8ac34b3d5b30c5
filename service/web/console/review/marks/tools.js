// What a region is drawn with on the stage: brush, eraser, polygon, and the heat that grows from a click.
// What is drawn belongs to the defect in hand; each stroke is a step of the review, to be taken back like any other.

import { element, find } from "../../../shared/dom.js";
import { paintRegions, pixelsOf } from "../../../shared/regions.js";
import { say } from "../../../shared/words.js";
import { named } from "../../named.js";
import { clamp } from "../lens.js";
import { hotPart } from "./heat.js";
import { boxOf, filled, grown, laid, shifted, stroke, written } from "./regions.js";
import { drawLines, fillBar, showBar } from "./shown.js";

const [THINNEST, WIDEST, FIRST] = [0.004, 0.12, 0.03]; // radius of the brush, of the photo's shorter side
const WIDER = 1.25; // of a key, or a notch of the wheel
const CLICK = 4; // CSS pixels that a click may slip
const CLOSES = 10; // CSS pixels from the polygon's first point
const REACH = 0.03; // of the heatmap's longer side, around a click
const STEP = 0.01; // of the photo's shorter side, of a key

export class Tools {
  /**
   * @param {HTMLElement} root  the stage
   * @param {{now: () => object|null, changed: (said?: string) => void}} review  as of Boxes
   * @param {(photo: object) => Promise<string|null>} heatOf  the address of its heatmap; null where there is none
   */
  constructor(root, { now, changed }, heatOf) {
    Object.assign(this, { root, now, changed, heatOf });
    Object.assign(this, { here: null, tool: null, share: FIRST, points: [], drawing: null, at: null });
    this.bytes = new WeakMap(); // a region as it is written → its pixels
    this.bar = find("#mark-bar");
    root.addEventListener("pointermove", (event) => this.#follow(event));
    root.addEventListener("pointerup", () => this.#drop());
    root.addEventListener("pointercancel", () => this.yield());
    root.addEventListener("pointerleave", () => this.#point(null));
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("wheel", (event) => this.#wheel(event), { capture: true, passive: false });
    fillBar(this.bar, { least: THINNEST, most: WIDEST, onUse: (tool) => this.use(tool), onSize: (share) => this.#resize(share) });
  }

  /** On another photo nothing is being drawn. */
  leave() {
    Object.assign(this, { points: [], drawing: null, at: null });
  }

  /** @param {object} here  as of Boxes, with the `photo` on the stage and what was `said` of it before */
  on(here) {
    this.here = here;
    this.draw();
  }

  #inHand() {
    const at = this.now();
    const one = at?.draft.defects[at.draft.chosen];
    return one?.photo === at?.photo ? one : undefined;
  }

  /** Whether the photo is there and one of its defects is in hand. */
  #ready() {
    return Boolean(this.here?.figure.isConnected && this.#inHand());
  }

  // Which tool

  /** Take a tool, or lay it away. The last defect of the photo is in hand then, where none is. */
  use(tool) {
    const at = this.now();
    if (!at || (tool === "heat" && !this.here?.photo.heatmap_url)) return false;
    this.leave();
    this.tool = this.tool === tool ? null : tool;
    if (this.tool && !this.#inHand()) at.draft.chosen = at.draft.inHand(at.photo);
    if (this.tool && at.draft.chosen < 0) this.tool = null;
    this.changed(this.tool ? say(`hub.mark.${tool}.on`) : say(at.draft.chosen < 0 ? "hub.none_noted" : "hub.mark.off"));
    return true;
  }

  size(way) {
    if (!this.#brushes()) return false;
    this.#resize(this.share * WIDER ** way);
    return true;
  }

  #brushes() {
    return this.tool === "brush" || this.tool === "erase";
  }

  #resize(share) {
    this.share = clamp(share, THINNEST, WIDEST);
    this.draw();
  }

  #radius() {
    return this.share * Math.min(this.here.width, this.here.height);
  }

  // By hand

  /** Whether a pointer is for a stroke; null where no tool is in use. */
  claims(event) {
    this.from = { x: event.clientX, y: event.clientY };
    if (!this.tool || !this.#inHand() || !this.#isOn(event)) return this.tool ? false : null;
    if (!this.#brushes()) return false;
    const place = this.#place(event);
    this.drawing = { pixels: this.#pixels().slice(), last: place };
    this.#paint(place);
    this.root.setPointerCapture(event.pointerId);
    return true;
  }

  /** A second finger came: it was no stroke, but the beginning of a pinch. */
  yield() {
    if (!this.drawing) return false;
    this.drawing = null;
    this.draw();
    return true;
  }

  #follow(event) {
    if (!this.tool || !this.here) return;
    const place = this.#place(event);
    if (this.drawing) this.#paint(place);
    this.#point(this.#isOn(event) || this.drawing ? place : null);
  }

  #paint(place) {
    stroke(this.drawing.pixels, this.here, this.drawing.last, place, this.#radius(), this.tool === "erase" ? 0 : 1);
    this.drawing.last = place;
    this.draw();
  }

  #drop() {
    const { drawing } = this;
    this.drawing = null;
    if (drawing) this.#set(drawing.pixels);
  }

  #wheel(event) {
    if (!this.#brushes() || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#resize(this.share * WIDER ** -Math.sign(event.deltaY || event.deltaX));
  }

  #click(event) {
    const slipped = Math.hypot(event.clientX - this.from?.x, event.clientY - this.from?.y);
    if (!(slipped < CLICK) || !this.#isOn(event) || !this.#inHand()) return;
    const place = this.#place(event);
    if (this.tool === "heat") void this.#grow(place);
    if (this.tool !== "polygon") return;
    const apart = (point) => (Math.hypot(point.x - place.x, point.y - place.y) * this.here.figure.clientWidth) / this.here.width;
    if (this.points.length > 2 && apart(this.points[0]) < CLOSES) this.#close();
    else if (!this.points.length || apart(this.points.at(-1)) >= CLICK) this.points.push(place);
    this.draw();
  }

  /** A double click closes a polygon, and with any tool is no look from near. */
  doubled() {
    if (this.tool === "polygon") this.#close();
    return this.tool !== null;
  }

  /** Pixels of the photo. */
  #place({ clientX, clientY }) {
    const { left, top, width } = this.here.figure.getBoundingClientRect();
    const scale = this.here.width / width;
    return { x: clamp((clientX - left) * scale, 0, this.here.width), y: clamp((clientY - top) * scale, 0, this.here.height) };
  }

  #isOn({ target }) {
    return Boolean(this.here?.figure.closest(".pane")?.contains(target) && this.now());
  }

  // By keys; each says whether there was anything to do

  /** What the tool does where one looks: a dab, the end of a polygon, the heat nearest to the middle. */
  place() {
    if (!this.tool || !this.#ready()) return false;
    if (this.tool === "polygon") return this.#close();
    const middle = this.here.middle();
    if (this.tool === "heat") {
      void this.#grow(middle, 1);
      return true;
    }
    const pixels = this.#pixels().slice();
    stroke(pixels, this.here, middle, middle, this.#radius(), this.tool === "erase" ? 0 : 1);
    this.#set(pixels);
    return true;
  }

  /** The region in hand goes. */
  step([across, down]) {
    if (!this.#ready() || !this.#inHand().mask) return false;
    const far = Math.max(1, Math.round(STEP * Math.min(this.here.width, this.here.height)));
    const moved = shifted(this.#pixels(), this.here, across * far, down * far);
    if (moved) this.#set(moved);
    return true;
  }

  /** The last point of the polygon. */
  remove() {
    if (!this.points.length) return false;
    this.points.pop();
    this.draw();
    return true;
  }

  escape() {
    if (this.yield()) return true;
    if (this.points.length) this.leave();
    else if (this.tool) this.tool = null;
    else return false;
    this.changed();
    return true;
  }

  // What it makes

  #close() {
    const { points } = this;
    if (points.length < 3) return false;
    const pixels = this.#pixels().slice();
    filled(pixels, this.here, points);
    this.points = [];
    this.#set(pixels);
    return true;
  }

  async #grow(place, reach = REACH) {
    const { here } = this;
    const src = await this.heatOf(here.photo).catch(() => null);
    const map = src && (await hotPart(src));
    if (this.here !== here || !this.#inHand()) return;
    const at = map && { x: (place.x * map.width) / here.width, y: (place.y * map.height) / here.height };
    const part = map && grown(map.hot, map, at, reach * Math.max(map.width, map.height));
    if (!part) return this.changed(say("hub.mark.cold"));
    const pixels = this.#pixels().slice();
    laid(pixels, here, part, map);
    this.#set(pixels);
  }

  #pixels() {
    const mask = this.#inHand()?.mask;
    if (!mask) return new Uint8Array(this.here.width * this.here.height);
    return this.#read(mask);
  }

  #read(mask) {
    if (!this.bytes.has(mask)) this.bytes.set(mask, pixelsOf(mask));
    return this.bytes.get(mask);
  }

  #set(pixels) {
    const { draft } = this.now();
    const box = boxOf(pixels, this.here);
    const mask = box && written(pixels, this.here);
    if (mask) this.bytes.set(mask, pixels);
    draft.change(draft.chosen, { box, mask });
    this.changed();
  }

  // As it looks

  #point(place) {
    this.at = place;
    this.#drawLines();
  }

  draw() {
    const inHand = this.#inHand();
    if (!inHand) this.tool = null;
    this.bar.hidden = !inHand;
    this.root.classList.toggle("marking", this.tool !== null);
    showBar(this.bar, { tool: this.tool, share: this.share, sizes: this.#brushes(), heat: Boolean(this.here?.photo.heatmap_url) });
    if (this.tool) find("#hint").replaceChildren(element("span", {}, say(`hub.mark.${this.tool}.hint`, { defect: named("defect", inHand.defect) })));
    if (!this.here) return;
    this.#drawRegions(inHand);
    this.#drawLines();
  }

  #drawRegions(inHand) {
    const { figure } = this.here;
    const at = this.now();
    const own = at ? at.draft.defects.filter((one) => one.photo === at.photo && one !== inHand) : [];
    const shown = at?.draft.checked ? own : this.here.said;
    const regions = shown.flatMap(({ mask }) => (mask ? [this.#read(mask)] : []));
    const mine = this.drawing?.pixels ?? (inHand?.mask && this.#read(inHand.mask));
    if (mine) regions.push(mine);
    const canvas = find(".photo-regions", figure) ?? element("canvas", { class: "photo-regions", "aria-hidden": "true" });
    if (!regions.length) return canvas.remove();
    paintRegions(canvas, regions, this.here);
    if (!canvas.isConnected) figure.append(canvas);
  }

  #drawLines() {
    if (!this.here) return;
    const radius = this.#brushes() ? this.#radius() : 0;
    drawLines(this.here, { points: this.points, at: this.tool && this.at, radius });
  }
}
