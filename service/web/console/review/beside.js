// The approved sample beside the photo: which of them, and in which way the two are held together.

import { element, find } from "../../shared/dom.js";
import { photoFigure } from "../../shared/photo.js";
import { say } from "../../shared/words.js";
import { named } from "../named.js";
import { sizeOf } from "../piece/appeal.js";
import { sampleOf } from "../piece/designs.js";

const caption = (view) => (view ? say("hub.sample_view", { view: named("view", view) }) : say("hub.approved_sample"));

export class Beside {
  /** @param {() => void} changed  called when another sample, or another way, was chosen */
  constructor(api, house, changed) {
    Object.assign(this, { api, house, changed });
    Object.assign(this, { on: false, swipe: false, held: false });
    this.forget();
    find("#beside").addEventListener("click", () => this.turn());
    find("#swipe").addEventListener("click", () => this.turnFrame());
    find("#blink").addEventListener("pointerdown", () => this.hold(true));
    for (const over of ["pointerup", "pointercancel", "pointerleave"]) {
      find("#blink").addEventListener(over, () => this.hold(false));
    }
    addEventListener("blur", () => this.hold(false)); // its key goes up elsewhere
    find("#swipe-share").addEventListener("input", (event) => this.share(Number(event.target.value)));
  }

  /** What was chosen for another photo. */
  forget() {
    Object.assign(this, { at: null, there: null, mark: null });
  }

  /** Every photo that stands for a design: {url, view}. */
  samples(piece) {
    const { approved_photos: urls = [], approved_views: views = [] } = (piece && sampleOf(piece, this.house)) ?? {};
    return urls.map((url, at) => ({ url, view: views[at] ?? null }));
  }

  turn() {
    this.#change({ on: !this.on, there: null, mark: null });
  }

  /** Both in one frame, or side by side. */
  turnFrame() {
    this.#change(this.on ? { swipe: !this.swipe } : { on: true, swipe: true });
  }

  /** The sample in the photo's own frame, as long as a key or a finger is down. */
  hold(held) {
    if (held !== this.held) this.#change({ held });
  }

  /** One of the design's photos, or the place with which a mark was compared. */
  choose({ at = null, there = null, mark = null }) {
    Object.assign(this, { on: this.on || at !== null || there !== null, at, there, mark });
  }

  #change(what) {
    Object.assign(this, what);
    this.changed();
  }

  /** How much of the frame shows the photo itself, %. */
  share(percent) {
    find("#stage-photo").style.setProperty("--swipe", `${percent}%`);
  }

  /** The sample for a photo: the chosen one, else one of its view, else the first; null where there is none. */
  sampleFor(piece, photo) {
    const samples = this.samples(piece);
    if (this.there) {
      const url = `/v1/designs/${piece.judged_as ?? piece.design}/approved/${this.there.approved_sha256}`;
      return { ...this.there, view: samples.find((one) => one.url === url)?.view ?? null, url };
    }
    return samples[this.at] ?? samples.find(({ view }) => view === photo.view) ?? samples[0] ?? null;
  }

  /** In one frame only what shows the same view, as far as is known. */
  fits(sample, photo) {
    return !sample?.view || sample.view === photo.view;
  }

  /** The buttons as they are now. */
  fill(piece, photo) {
    const samples = this.samples(piece);
    const sample = this.sampleFor(piece, photo);
    find("#beside").disabled = !sample;
    find("#beside").title = sample ? "" : say("hub.no_sample");
    find("#beside").setAttribute("aria-pressed", String(this.on && Boolean(sample)));
    find("#beside-bar").hidden = !this.on || !sample;
    const fits = this.fits(sample, photo);
    for (const id of ["swipe", "blink"]) {
      find(`#${id}`).disabled = !fits;
      find(`#${id}`).title = fits ? "" : say("hub.other_views");
    }
    const swipes = this.swipe && fits;
    find("#swipe").setAttribute("aria-pressed", String(swipes));
    find("#swipe-share").hidden = !swipes;
    const choices = samples.map(({ url, view }, at) =>
      element(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-pressed": String(url === sample?.url),
          onclick: () => this.#change({ at, there: null, mark: null }),
        },
        `${at + 1} ${view ? named("view", view) : say("hub.sample_plain")}`,
      ),
    );
    find("#sample-choice").replaceChildren(...(samples.length > 1 ? choices : []));
  }

  /** What is drawn of a sample: {figure, ratio, box, caption}; null where there is none or it does not come. */
  async drawn(piece, photo) {
    const sample = this.sampleFor(piece, photo);
    if (!sample) return null;
    try {
      const src = await this.api.photo(sample.url);
      const { width, height } = sample.width ? sample : await sizeOf(src);
      const marks = sample.box ? [{ box: sample.box, number: this.mark }] : [];
      const alt = say("hub.sample_of", { design: this.house.designs.get(piece.design)?.name ?? piece.design });
      const figure = photoFigure({ src, heat: null, alt, width, height, marks, numerals: 0.6 });
      return { figure, width, height, box: sample.box ?? null, caption: caption(sample.view) };
    } catch {
      return { lost: say("hub.sample_lost") };
    }
  }
}
