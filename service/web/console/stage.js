// The photo on the stage: which of a piece's photos, its heat, its frames, and a closer look.

import { element, find } from "../shared/dom.js";
import { photoFigure, showHeat } from "../shared/photo.js";
import { isPoor, noLongerKept, photosOf, sizeOf } from "./appeal.js";
import { listenToHands } from "./review/gestures.js";
import { Lens } from "./review/lens.js";
import { photoToOpen, strongestOf } from "./review/strongest.js";

const STEP = 1.4; // of a key that zooms
const PAN = 0.12; // of the pane, of a key that moves

export class Stage {
  /** @param {() => void} chosen  called when the person asks for another photo, which is then `at` */
  constructor(api, failed, chosen) {
    Object.assign(this, { api, failed, chosen });
    this.piece = null;
    this.at = 0;
    this.heat = false;
    this.lens = new Lens();
    this.root = find("#stage-photo");
    find("#heat").addEventListener("click", () => this.turnHeat());
    find("#frames").addEventListener("click", () => this.turnFrames());
    find("#zoom").addEventListener("click", () => this.zoom());
    listenToHands(this.root, {
      zoomAt: (factor, point, pane) => this.#look(pane, (...sides) => this.lens.zoomAt(factor, point, ...sides)),
      moveBy: (across, down, pane) => this.#look(pane, (...sides) => this.lens.moveBy(across, down, ...sides)),
      fit: () => this.fit(),
      zoomed: () => this.lens.zoomed,
      claims: () => false,
    });
    new ResizeObserver(() => this.place()).observe(this.root);
  }

  get photos() {
    return this.piece ? photosOf(this.piece) : [];
  }

  clear() {
    this.piece = null;
    this.root.replaceChildren(element("p", {}, "No piece is waiting for you."));
  }

  /** Another piece opens on its strongest mark, as a whole; the same one stays on the photo and the place in view. */
  async show(piece, alt) {
    if (piece.id !== this.piece?.id) {
      this.at = photoToOpen(piece);
      this.lens.fit();
      this.root.replaceChildren(); // never the last piece's photo beside what is said of this one
    }
    Object.assign(this, { piece, alt });
    const { at } = this;
    const photo = this.photos[at];
    this.#fillChoice();
    if (photo.removed_at) {
      this.root.replaceChildren(element("p", {}, `${noLongerKept("This photo", photo)} What was said of it stays.`));
      return;
    }
    const wanted = [this.api.photo(photo.photo_url), photo.heatmap_url && this.api.photo(photo.heatmap_url)];
    const [seen, heat] = await Promise.allSettled(wanted);
    if (this.piece !== piece || this.at !== at) return;
    if (seen.status === "rejected") {
      this.root.replaceChildren(element("p", {}, `The photo did not come. ${this.failed(seen.reason)}`));
      return;
    }
    const { width, height } = photo.width ? photo : await sizeOf(seen.value);
    if (this.piece !== piece || this.at !== at) return;
    const marks = isPoor(piece) ? [] : photo.defects;
    const figure = photoFigure({ src: seen.value, heat: heat.value ?? null, alt, width, height, marks, numerals: 0.6 });
    showHeat(figure, this.heat);
    this.root.replaceChildren(paneOf(figure, width / height));
    this.place();
  }

  choose(at) {
    if (at < 0 || at >= this.photos.length || at === this.at) return;
    this.at = at;
    this.chosen();
  }

  #fillChoice() {
    const { photos } = this;
    const choices = photos.map(({ view }, at) =>
      element(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-pressed": String(at === this.at),
          onclick: () => this.choose(at),
        },
        `${at + 1} ${view}`,
      ),
    );
    find("#photo-choice").replaceChildren(...(photos.length > 1 ? choices : []));
  }

  turnHeat() {
    this.heat = !this.heat;
    find("#heat").setAttribute("aria-pressed", String(this.heat));
    const figure = find(".photo", this.root);
    if (figure) showHeat(figure, this.heat);
  }

  turnFrames() {
    const hidden = this.root.classList.toggle("unframed");
    find("#frames").setAttribute("aria-pressed", String(!hidden));
  }

  // A closer look

  /** By button or key: in towards the strongest mark of this photo, or out to the whole. */
  zoom() {
    if (!find(".pane", this.root)) return;
    if (this.lens.zoomed) {
      this.fit();
      return;
    }
    const { width = 2, height = 2, defects } = this.photos[this.at];
    const [x, y, w, h] = strongestOf({ defects })?.box ?? [0, 0, width, height];
    this.lens.lookAt((x + w / 2) / width, (y + h / 2) / height);
    this.place();
  }

  fit() {
    this.lens.fit();
    this.place();
  }

  /** A step nearer (1) or farther (−1), towards the middle of what is seen. */
  step(way) {
    this.#look(find(".pane", this.root), (size, ...rest) => {
      this.lens.zoomAt(STEP ** way, { x: size.width / 2, y: size.height / 2 }, size, ...rest);
    });
  }

  /** A step along the photo; false where all of it is in sight. */
  pan(across, down) {
    if (!this.lens.zoomed) return false;
    this.#look(find(".pane", this.root), (size, ...rest) => {
      this.lens.moveBy(-across * PAN * size.width, -down * PAN * size.height, size, ...rest);
    });
    return true;
  }

  #look(pane, change) {
    if (!pane) return;
    change(sizeOfPane(pane), pane.ratio);
    this.place();
  }

  /** Lay the photo where the lens has it. */
  place() {
    const { zoomed } = this.lens;
    this.root.classList.toggle("zoomed", zoomed);
    find("#zoom").setAttribute("aria-pressed", String(zoomed));
    for (const pane of this.root.querySelectorAll(".pane")) {
      const laid = this.lens.place(sizeOfPane(pane), pane.ratio);
      for (const [side, length] of Object.entries(laid)) pane.firstChild.style[side] = `${length}px`;
      pane.firstChild.style.setProperty("--near", this.lens.scale);
    }
  }
}

const sizeOfPane = ({ clientWidth: width, clientHeight: height }) => ({ width, height });

function paneOf(figure, ratio) {
  return Object.assign(element("div", { class: "pane" }, figure), { ratio });
}
