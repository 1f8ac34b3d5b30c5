// The photo on the stage: which of a piece's photos, its heat, its frames, and a closer look.

import { element, find } from "../shared/dom.js";
import { photoFigure, showHeat } from "../shared/photo.js";
import { isPoor, noLongerKept, photosOf, sizeOf } from "./appeal.js";

export class Stage {
  /** @param {() => void} chosen  called when the person asks for another photo, which is then `at` */
  constructor(api, failed, chosen) {
    Object.assign(this, { api, failed, chosen });
    this.piece = null;
    this.at = 0;
    this.heat = false;
    find("#heat").addEventListener("click", () => this.turnHeat());
    find("#frames").addEventListener("click", () => this.turnFrames());
    find("#zoom").addEventListener("click", () => this.zoom());
  }

  clear() {
    this.piece = null;
    find("#stage-photo").replaceChildren(element("p", {}, "No piece is waiting for you."));
  }

  /** The first photo of another piece; of the same piece, the one that was chosen. */
  async show(piece, alt) {
    if (piece.id !== this.piece?.id) this.at = 0;
    this.piece = piece;
    const { at } = this;
    const photo = photosOf(piece)[at];
    const stage = find("#stage-photo");
    stage.classList.remove("zoomed");
    find("#zoom").setAttribute("aria-pressed", "false");
    this.#fillChoice(photosOf(piece));
    if (photo.removed_at) {
      stage.replaceChildren(element("p", {}, `${noLongerKept("This photo", photo)} What was said of it stays.`));
      return;
    }
    const wanted = [this.api.photo(photo.photo_url), photo.heatmap_url && this.api.photo(photo.heatmap_url)];
    const [seen, heat] = await Promise.allSettled(wanted);
    if (this.piece !== piece || this.at !== at) return;
    if (seen.status === "rejected") {
      stage.replaceChildren(element("p", {}, `The photo did not come. ${this.failed(seen.reason)}`));
      return;
    }
    const { width, height } = photo.width ? photo : await sizeOf(seen.value);
    if (this.piece !== piece || this.at !== at) return;
    const figure = photoFigure({
      src: seen.value,
      heat: heat.value ?? null,
      alt,
      width,
      height,
      marks: isPoor(piece) ? [] : photo.defects,
      numerals: 0.6,
    });
    figure.addEventListener("click", (event) => this.zoom(event));
    showHeat(figure, this.heat);
    stage.replaceChildren(figure);
  }

  choose(at) {
    this.at = at;
    this.chosen();
  }

  #fillChoice(photos) {
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
    const figure = find("#stage-photo .photo");
    if (figure) showHeat(figure, this.heat);
  }

  turnFrames() {
    const hidden = find("#stage-photo").classList.toggle("unframed");
    find("#frames").setAttribute("aria-pressed", String(!hidden));
  }

  /** In and out, towards the place that was pointed at; by key towards what was found first. */
  zoom(event = null) {
    const stage = find("#stage-photo");
    const figure = find(".photo", stage);
    if (!figure) return;
    const before = figure.getBoundingClientRect();
    const { width = 2, height = 2, defects } = photosOf(this.piece)[this.at];
    const [x, y, w, h] = defects[0]?.box ?? [0, 0, width, height];
    const across = event ? (event.clientX - before.left) / before.width : (x + w / 2) / width;
    const down = event ? (event.clientY - before.top) / before.height : (y + h / 2) / height;
    const zoomed = stage.classList.toggle("zoomed");
    find("#zoom").setAttribute("aria-pressed", String(zoomed));
    if (!zoomed) return;
    stage.scrollTo(
      across * figure.offsetWidth - stage.clientWidth / 2,
      down * figure.offsetHeight - stage.clientHeight / 2,
    );
  }
}
