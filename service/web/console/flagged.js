// The queue of pieces that wait for a person: look, correct, decide, next.
// Over 300 lines: list, stage and decision all turn on which piece is shown; the panel beside it is panel.js.

import { element, find } from "../shared/dom.js";
import { photoFigure, showHeat } from "../shared/photo.js";
import { sayTime } from "../shared/words.js";
import { newUuid } from "../shared/token.js";
import { photosOf, sizeOf, turnVoice, waitingAppeal } from "./appeal.js";
import { Draft, fillPanel } from "./panel.js";

const PAGE = 50;
const MOST_APPEALS = 200;
const DISPOSITION_KEYS = { a: "accept", w: "rework", r: "reject" };
const DONE_WORDS = { accept: "Accepted", rework: "Sent back for rework", reject: "Rejected" };

/** In a word: the classes that were found, else doubt of the design, else variance. */
function flaggedFor({ photos, variance, beside_approved: beside }) {
  const found = new Set(photos.flatMap(({ defects }) => defects.map(({ defect }) => defect)));
  if (found.size === 0 && beside?.in_doubt) return "this design?";
  if (found.size === 0) return variance.in_range ? "look" : "variance";
  return [...found].join(", ");
}

export class Flagged {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.queue = [];
    this.cursor = null;
    this.at = 0;
    this.photoAt = 0;
    this.drafts = new Map(); // inspection id → Draft; kept while the page is open
    this.again = null; // a decided piece that was opened once more
    this.busy = false;
    this.heat = false;
    this.thumbs = new IntersectionObserver((seen) => this.#fillThumbs(seen), { root: find("#queue") });
    this.#listen();
  }

  get piece() {
    return this.again ?? this.queue[this.at] ?? null;
  }

  async open() {
    await this.#load();
  }

  // The queue

  async #load({ more = false } = {}) {
    try {
      const after = more && this.cursor ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
      const pending = "/v1/inspections?status=pending";
      const [contested, page] = await Promise.all([
        more ? { items: this.queue } : this.api.list(`${pending}&appeal=waiting&limit=${MOST_APPEALS}`),
        this.api.list(`${pending}&limit=${PAGE}${after}`),
      ]);
      const present = this.piece?.id;
      // Contested flags first: a workshop waits for an answer, and for its money.
      const before = new Set(contested.items.map(({ id }) => id));
      this.queue = [...contested.items, ...page.items.filter(({ id }) => !before.has(id))];
      this.cursor = page.next_cursor;
      this.at = Math.max(0, this.queue.findIndex(({ id }) => id === present));
      this.#showFailure(null);
    } catch (error) {
      this.#showFailure(this.failed(error));
    }
    this.#fillQueue();
    this.#fillPiece();
  }

  #fillQueue() {
    this.thumbs.disconnect();
    const rows = this.queue.map((inspection, at) => {
      const { id, design, microfactory, received_at: when } = inspection;
      const thumb = element("span", { class: "no-thumb" });
      thumb.dataset.url = inspection.photos[0].photo_url;
      this.thumbs.observe(thumb);
      const row = element(
        "button",
        {
          class: waitingAppeal(inspection) ? "waiting contested" : "waiting",
          type: "button",
          onclick: () => this.#go(at),
        },
        thumb,
        element(
          "span",
          { class: "text" },
          element("strong", {}, this.designName(design)),
          element("small", {}, this.workshopName(microfactory)),
          waitingAppeal(inspection) && element("span", { class: "contested-mark" }, "contested"),
          element("small", {}, `${flaggedFor(inspection)} · ${sayTime(when)}`),
        ),
      );
      row.dataset.id = id;
      return element("li", {}, row);
    });
    const none = element("li", { class: "quiet" }, "Nothing is waiting.");
    find("#queue-list").replaceChildren(...(rows.length ? rows : [none]));
    find("#queue-more").hidden = !this.cursor;
    find("#waiting").textContent = this.queue.length ? `${this.queue.length}${this.cursor ? "+" : ""}` : "";
  }

  async #fillThumbs(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.thumbs.unobserve(target);
      const src = await this.api.photo(target.dataset.url).catch(() => null); // the large photo says why
      if (src) target.replaceWith(element("img", { src, alt: "" }));
    }
  }

  #go(at) {
    if (this.busy || this.queue.length === 0) return;
    this.again = null;
    this.at = Math.min(Math.max(at, 0), this.queue.length - 1);
    this.photoAt = 0;
    this.#showFailure(null);
    this.#fillPiece();
  }

  workshopName(id) {
    return this.house.workshops.get(id)?.name ?? id;
  }

  designName(id) {
    return this.house.designs.get(id)?.name ?? id;
  }

  // One piece

  #fillPiece() {
    const { piece } = this;
    for (const row of document.querySelectorAll(".waiting")) {
      const here = row.dataset.id === piece?.id;
      row.setAttribute("aria-current", String(here));
      if (here) row.scrollIntoView({ block: "nearest" });
    }
    find("#decisions").hidden = find("#stage-bar").hidden = !piece;
    if (!piece) {
      find("#panel-body").replaceChildren();
      find("#stage-photo").replaceChildren(element("p", {}, "No piece is waiting for you."));
      return;
    }
    this.#fillPhoto();
    fillPanel(piece, this.#draft(), {
      house: this.house,
      api: this.api,
      photoAt: this.photoAt,
      workshop: this.workshopName(piece.microfactory),
      design: this.designName(piece.design),
      showSecondPhoto: () => this.#showPhoto(piece.photos.length),
    });
    const next = this.queue[this.at + 1];
    if (next) this.api.photo(next.photos[0].photo_url).catch(() => {});
  }

  #draft() {
    const { piece } = this;
    if (!this.drafts.has(piece.id)) this.drafts.set(piece.id, new Draft(piece));
    return this.drafts.get(piece.id);
  }

  async #fillPhoto() {
    const { piece, photoAt } = this;
    const photo = photosOf(piece)[photoAt];
    const stage = find("#stage-photo");
    stage.classList.remove("zoomed");
    find("#zoom").setAttribute("aria-pressed", "false");
    this.#fillPhotoChoice(photosOf(piece));
    const wanted = [this.api.photo(photo.photo_url), photo.heatmap_url && this.api.photo(photo.heatmap_url)];
    const [seen, heat] = await Promise.allSettled(wanted);
    if (this.piece !== piece || this.photoAt !== photoAt) return;
    if (seen.status === "rejected") {
      stage.replaceChildren(element("p", {}, `The photo did not come. ${this.failed(seen.reason)}`));
      return;
    }
    const { width, height } = photo.width ? photo : await sizeOf(seen.value);
    if (this.piece !== piece || this.photoAt !== photoAt) return;
    const figure = photoFigure({
      src: seen.value,
      heat: heat.value ?? null,
      alt: `Photo of ${this.designName(piece.design)}`,
      width,
      height,
      marks: photo.defects,
      numerals: 0.6,
    });
    figure.addEventListener("click", (event) => this.#zoom(event));
    showHeat(figure, this.heat);
    stage.replaceChildren(figure);
  }

  #fillPhotoChoice(photos) {
    const choices = photos.map(({ view }, at) =>
      element(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-pressed": String(at === this.photoAt),
          onclick: () => this.#showPhoto(at),
        },
        `${at + 1} ${view}`,
      ),
    );
    find("#photo-choice").replaceChildren(...(photos.length > 1 ? choices : []));
  }

  #showPhoto(at) {
    this.photoAt = at;
    this.#fillPiece();
  }

  #turnHeat() {
    this.heat = !this.heat;
    find("#heat").setAttribute("aria-pressed", String(this.heat));
    const figure = find("#stage-photo .photo");
    if (figure) showHeat(figure, this.heat);
  }

  #turnFrames() {
    const hidden = find("#stage-photo").classList.toggle("unframed");
    find("#frames").setAttribute("aria-pressed", String(!hidden));
  }

  /** In and out, towards the place that was pointed at; by key towards what was found first. */
  #zoom(event = null) {
    const stage = find("#stage-photo");
    const figure = find(".photo", stage);
    if (!figure) return;
    const before = figure.getBoundingClientRect();
    const { width = 2, height = 2, defects } = photosOf(this.piece)[this.photoAt];
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

  // The decision

  async #decide(disposition) {
    const { piece } = this;
    if (!piece || this.busy) return;
    const draft = this.#draft();
    const body = { ...draft.review(disposition), appeal: waitingAppeal(piece)?.id ?? null };
    // The same body again carries the same UUID, so that a lost answer cannot make two reviews.
    const text = JSON.stringify(body);
    if (draft.sent?.text !== text) draft.sent = { text, id: newUuid() };
    this.#setBusy(true);
    let decided;
    try {
      decided = await this.api.put(`/v1/inspections/${piece.id}/reviews/${draft.sent.id}`, body);
    } catch (error) {
      const kept = "Nothing is lost: press the same key to send it again.";
      if (error.status === 409) await this.#refresh(piece);
      this.#showFailure(`Not recorded. ${this.failed(error)} ${error.passing ? kept : ""}`);
      return;
    } finally {
      this.#setBusy(false);
    }
    this.drafts.delete(piece.id);
    this.#leavePiece(piece);
    this.#say(decided, disposition);
  }

  /** Something of it changed while it was in view, as when its workshop contested it. */
  async #refresh(piece) {
    const fresh = await this.api.get(`/v1/inspections/${piece.id}`).catch(() => piece);
    this.queue = this.queue.map((one) => (one.id === piece.id ? fresh : one));
    if (this.again?.id === piece.id) this.again = fresh;
    this.#fillQueue();
    this.#fillPiece();
  }

  #leavePiece(piece) {
    this.queue = this.queue.filter(({ id }) => id !== piece.id);
    this.again = null;
    this.at = Math.min(this.at, Math.max(0, this.queue.length - 1));
    this.photoAt = 0;
    this.#showFailure(null);
    if (this.queue.length === 0) {
      this.#load();
      return;
    }
    this.#fillQueue();
    this.#fillPiece();
  }

  #say(piece, disposition) {
    const name = `${this.designName(piece.design)}, ${this.workshopName(piece.microfactory)}`;
    const reopen = element("button", { type: "button", onclick: () => this.#openAgain(piece) }, "Open it again");
    const kept = " It stays on the record; a new decision is added to it. ";
    find("#said").replaceChildren(
      element("strong", {}, `${DONE_WORDS[disposition]}: `),
      `${name}.${kept}`,
      reopen,
    );
  }

  #openAgain(piece) {
    this.again = piece;
    this.photoAt = 0;
    this.#fillPiece();
  }

  #showFailure(words) {
    find("#failed").hidden = !words;
    find("#failed").textContent = words ?? "";
    if (words) find("#said").replaceChildren();
  }

  #setBusy(busy) {
    this.busy = busy;
    for (const button of document.querySelectorAll("#decisions button")) button.disabled = busy;
  }

  #listen() {
    find("#reload").addEventListener("click", () => this.#load());
    find("#queue-more").addEventListener("click", () => this.#load({ more: true }));
    find("#heat").addEventListener("click", () => this.#turnHeat());
    find("#frames").addEventListener("click", () => this.#turnFrames());
    find("#zoom").addEventListener("click", () => this.#zoom());
    for (const button of document.querySelectorAll("#decisions button")) {
      button.addEventListener("click", () => this.#decide(button.dataset.disposition));
    }
    addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (find("#flagged").hidden || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches("textarea, select, input:not([type=checkbox])")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = event.key.toLowerCase();
    if (key in DISPOSITION_KEYS) this.#decide(DISPOSITION_KEYS[key]);
    else if (key === "j") this.#go(this.at + 1);
    else if (key === "k") this.#go(this.at - 1);
    else if (key === "h") this.#turnHeat();
    else if (key === "b") this.#turnFrames();
    else if (key === "z") this.#zoom();
    else if (key === "v") turnVoice();
    else return;
    event.preventDefault();
  }
}
