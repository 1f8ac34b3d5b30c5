// The photo on the stage: which of a piece's photos, its heat, its frames, and a closer look.

import { element, find } from "../../shared/dom.js";
import { photoFigure, showHeat } from "../../shared/photo.js";
import { say } from "../../shared/words.js";
import { named } from "../named.js";
import { isPoor, noLongerKept, photosOf, sizeOf } from "./appeal.js";
import { Beside } from "../review/beside.js";
import { Boxes } from "../review/boxes.js";
import { Tools } from "../review/marks/tools.js";
import { listenToHands } from "../review/gestures.js";
import { Lens } from "../review/lens.js";
import { between, centreOf, layPane, paneOf, roomOf, swipePane } from "../review/panes.js";
import { photoToOpen, strongestOf } from "../review/strongest.js";

const STEP = 1.4; // of a key that zooms
const PAN = 0.12; // of the pane, of a key that moves
const OF_PANE = 0.35; // a mark that was chosen
const NEAREST = 6;

export class Stage {
  /**
   * @param {() => void} chosen  called when the person asks for another photo, which is then `at`
   * @param {{now: () => object|null, changed: () => void}} review  as of Boxes
   */
  constructor(api, house, failed, chosen, review) {
    Object.assign(this, { api, failed, chosen });
    this.here = null; // what is drawn of the photo in view
    this.marked = null; // the mark that a key chose last
    this.beside = new Beside(api, house, () => this.#fill());
    this.piece = null;
    this.at = 0;
    this.heat = false;
    this.lens = new Lens();
    this.root = find("#stage-photo");
    this.boxes = new Boxes(this.root, review.now, review.changed, () => this.tools.tool !== null);
    this.tools = new Tools(this.root, review, async ({ heatmap_url: url }) => url && api.photo(url));
    find("#heat").addEventListener("click", () => this.turnHeat());
    find("#frames").addEventListener("click", () => this.turnFrames());
    find("#zoom").addEventListener("click", () => this.zoom());
    listenToHands(this.root, {
      zoomAt: (factor, point, pane) => this.#look(pane, (...sides) => this.lens.zoomAt(factor, point, ...sides)),
      moveBy: (across, down, pane) => this.#look(pane, (...sides) => this.lens.moveBy(across, down, ...sides)),
      fit: () => this.fit(),
      zoomed: () => this.lens.zoomed,
      claims: (event) => this.tools.claims(event) ?? this.boxes.claims(event),
      yields: () => this.tools.yield(),
      doubled: () => this.tools.doubled(),
    });
    new ResizeObserver(() => this.place()).observe(this.root);
  }

  get photos() {
    return this.piece ? photosOf(this.piece) : [];
  }

  clear() {
    Object.assign(this, { piece: null, here: null });
    this.#tell(say("hub.nothing_for_you"));
  }

  #tell(words) {
    this.here = null;
    this.root.replaceChildren(element("p", {}, words));
  }

  /** Another piece opens on its strongest mark, as a whole; the same one stays on the photo and the place in view. */
  async show(piece, alt) {
    if (piece.id !== this.piece?.id) {
      this.at = photoToOpen(piece);
      this.lens.fit();
      this.beside.forget();
      this.#leaveMarks();
      Object.assign(this, { here: null, marked: null });
      this.root.replaceChildren(); // never the last piece's photo beside what is said of this one
    }
    this.piece = piece;
    const { at } = this;
    const photo = this.photos[at];
    this.#fillChoice();
    this.beside.fill(piece, photo);
    if (photo.removed_at) {
      this.#tell(`${noLongerKept(say("hub.this_photo"), photo)} ${say("hub.what_was_said_stays")}`);
      return;
    }
    const heat = photo.heatmap_url && this.api.photo(photo.heatmap_url);
    let src;
    try {
      src = await this.api.photo(photo.photo_url);
    } catch (error) {
      if (this.piece === piece && this.at === at) this.#tell(`${say("hub.photo_lost")} ${this.failed(error)}`);
      return;
    }
    const { width, height } = photo.width ? photo : await sizeOf(src);
    if (this.piece !== piece || this.at !== at) return;
    const marks = isPoor(piece) ? [] : photo.defects;
    const figure = photoFigure({ src, heat: null, alt, width, height, marks, numerals: 0.6 });
    if (heat) addHeat(figure, heat);
    showHeat(figure, this.heat);
    const middle = () => ({ x: this.lens.x * width, y: this.lens.y * height });
    this.here = { figure, width, height, at, middle, photo, said: saidOf(piece, photo) };
    this.boxes.on(this.here);
    this.tools.on(this.here);
    await this.#fill();
  }

  /** The photo, and the sample as it is wanted: in a pane of its own, or in the same frame. */
  async #fill() {
    const { here, piece, beside } = this;
    if (!here) return;
    const photo = this.photos[here.at];
    beside.fill(piece, photo);
    const fits = beside.fits(beside.sampleFor(piece, photo), photo);
    const held = beside.held && fits;
    const asked = (this.asked = Symbol("the latest"));
    const sample = beside.on || held ? await beside.drawn(piece, photo) : null;
    if (this.here !== here || this.asked !== asked) return;
    const box = beside.mark && photo.defects[beside.mark - 1]?.box;
    if (!sample) this.root.replaceChildren(paneOf(here));
    else if (sample.lost) this.root.replaceChildren(paneOf(here), element("p", {}, sample.lost));
    else if (held || (beside.swipe && fits)) {
      this.root.replaceChildren(swipePane({ ...here, caption: say("hub.this_piece") }, sample, held));
    } else {
      const marked = [say("hub.here"), say("hub.there", { caption: sample.caption })];
      const [caption, beyond] = box ? marked : [say("hub.this_piece"), sample.caption];
      const shift = between({ ...here, box }, sample);
      this.root.replaceChildren(paneOf({ ...here, caption }), paneOf({ ...sample, caption: beyond }, shift));
    }
    this.place();
  }

  // What is marked on it

  /** As her review says it now. */
  drawMarks() {
    this.boxes.draw();
    this.tools.draw();
  }

  /** The defect in hand gets its place: by the tool in use, else in a box. */
  beginMark() {
    this.boxes.begin();
    this.tools.draw();
  }

  #leaveMarks() {
    this.boxes.leave();
    this.tools.leave();
  }

  // What is chosen

  choose(at) {
    if (at < 0 || at >= this.photos.length || at === this.at) return;
    this.at = at;
    this.beside.forget();
    this.#leaveMarks();
    this.chosen();
  }

  /** A mark from near, and the place on the sample with which it was compared. */
  showMark(at, number) {
    const { width, height, defects } = this.photos[at];
    const { box, compared_with: there } = defects[number - 1];
    this.at = at;
    this.beside.choose(there ? { there, mark: number } : {});
    const { x, y } = centreOf({ box, width, height });
    const scale = OF_PANE / Math.max(box[2] / width, box[3] / height);
    this.lens.lookAt(x, y, Math.min(scale, NEAREST));
    this.chosen();
  }

  /** The next mark of the piece, after the last the first. */
  nextMark() {
    const marks = this.marks();
    if (marks.length === 0) return;
    const now = marks.findIndex(({ at, number }) => at === this.marked?.at && number === this.marked?.number);
    const { at, number } = (this.marked = marks[(now + 1) % marks.length]);
    this.showMark(at, number);
  }

  marks() {
    if (!this.piece || isPoor(this.piece)) return [];
    return this.photos.flatMap(({ defects, removed_at: gone }, at) =>
      gone ? [] : defects.map((_, index) => ({ at, number: index + 1 })),
    );
  }

  /** One of the photos that stand for the design, beside the photo. */
  showSample(at) {
    this.beside.choose({ at });
    this.#fill();
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
        `${at + 1} ${named("view", view)}`,
      ),
    );
    find("#photo-choice").replaceChildren(...(photos.length > 1 ? choices : []));
  }

  turnHeat() {
    this.heat = !this.heat;
    find("#heat").setAttribute("aria-pressed", String(this.heat));
    if (this.here) showHeat(this.here.figure, this.heat);
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
    change(roomOf(pane), pane.ratio, pane.shift);
    this.place();
  }

  /** Lay the photos where the lens has them. */
  place() {
    const { zoomed } = this.lens;
    this.root.classList.toggle("zoomed", zoomed);
    find("#zoom").setAttribute("aria-pressed", String(zoomed));
    for (const pane of this.root.querySelectorAll(".pane")) layPane(pane, this.lens);
  }
}

/** What people said before of defects on a photo, as far as it is shown. */
const saidOf = ({ review, waits }, { index }) =>
  [review, waits?.second].flatMap((said) => said?.defects ?? []).filter(({ photo }) => photo === index);

/** The heat may come later than the photo, or not at all. */
function addHeat(figure, heat) {
  const lay = (src) => find(".photo-seen", figure).after(element("img", { class: "photo-heat", src, alt: "" }));
  heat.then(lay, () => {});
}
