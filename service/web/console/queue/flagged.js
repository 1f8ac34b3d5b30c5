// The queue of pieces that wait for a person: look, correct, decide, next.
// The photo in the middle is stage.js, the panel beside it panel.js, what waits list.js, the decision deciding.js.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { designOf } from "../piece/designs.js";
import { fillPanel, refillReview } from "../piece/panel.js";
import { Stage } from "../piece/stage.js";
import { Ahead } from "../review/ahead.js";
import { Deciding, heldWords } from "../review/deciding.js";
import { actsOf } from "../review/doing.js";
import { Draft } from "../review/draft.js";
import { showHelp } from "../review/help.js";
import { listenToKeys } from "../review/keyboard.js";
import { showSingleKeys } from "../review/keys.js";
import { fillFilters } from "./filters.js";
import { WaitingList } from "./list.js";

export class Flagged {
  constructor(api, house, failed, live) {
    Object.assign(this, { api, house, failed });
    this.drafts = new Map(); // inspection id → Draft; kept while the page is open
    this.last = null; // the piece that was decided last
    this.again = null; // a decided piece that was opened once more
    this.stage = new Stage(api, house, failed, () => this.fillPiece(), {
      now: () => this.#noted(),
      changed: (said) => this.changed(said),
    });
    this.ahead = new Ahead(api, house);
    const names = { design: (piece) => designOf(piece, house), workshop: ({ microfactory }) => this.workshopName(microfactory) };
    this.list = new WaitingList(api, live, this, names);
    this.deciding = new Deciding(this);
    find("#keys").addEventListener("click", () => showHelp());
    showSingleKeys();
    listenToKeys(actsOf(this));
  }

  /** Whether a review is noted that was not sent. */
  get begun() {
    return [...this.drafts.values()].some((draft) => draft.begun);
  }

  get piece() {
    return this.again ?? this.list.piece;
  }

  /** @param {string} id  of a piece that somebody came for; "" is what waits longest */
  async open(id) {
    fillFilters(this.house, (filters) => {
      this.list.feed.filters = filters;
      this.again = null;
      void this.list.load();
    });
    await this.list.load();
    if (id) await this.#openOne(id);
  }

  /** A piece by its address: in its place in the list where it waits there, else as one that is opened again. */
  async #openOne(id) {
    const at = this.list.queue.findIndex((one) => one.id === id);
    if (at >= 0) return this.go(at);
    try {
      return this.openAgain(await this.api.get(`/v1/inspections/${encodeURIComponent(id)}`));
    } catch (error) {
      return this.showFailure(this.failed(error));
    }
  }

  // Which piece

  go(at) {
    if (this.deciding.busy || this.list.queue.length === 0) return;
    this.again = null;
    this.list.go(at);
    this.showFailure(null);
    this.fillPiece();
    find("#now").textContent = say("hub.piece_at", { number: this.list.at + 1, count: this.list.queue.length, piece: this.nameOf(this.piece) });
  }

  /** When another piece comes into view, not with each look at another photo of it; the feed renews it. */
  #holdOnce(piece) {
    if (this.inView === piece?.id) return;
    this.inView = piece?.id;
    find("#held").hidden = true;
    if (piece) void this.#hold(piece);
  }

  /** The piece in view is hers while she looks; who else has it open is said at once, not when she has decided. */
  async #hold(piece) {
    if (this.again) return;
    const other = await this.list.feed.hold(piece);
    if (this.piece?.id !== piece.id || this.again) return;
    find("#held").hidden = !other?.held_by && !other?.bars;
    if (!other) return;
    if (other.bars) {
      find("#held").replaceChildren(other.bars);
      return;
    }
    if (!other.held_by) {
      // It was decided meanwhile; once that is known, there is nothing to hold.
      if (other.review && other.review.id !== piece.review?.id) await this.refresh(piece, other.review);
      return;
    }
    const take = element("button", { class: "button small", type: "button", onclick: () => this.#free() }, say("hub.take_free"));
    find("#held").replaceChildren(`${heldWords(other)} `, take);
  }

  #free() {
    const next = this.list.free();
    if (next >= 0) this.go(next);
    else void this.list.load();
  }

  /** Something of it changed while it was in view, as when its workshop contested it, or somebody decided on it. */
  async refresh(piece, review = piece.review) {
    const found = await this.api.get(`/v1/inspections/${piece.id}`).catch(() => ({ ...piece, review }));
    const fresh = { ...found, waits: piece.waits };
    this.list.put(fresh);
    if (this.again?.id === piece.id) this.again = fresh;
    this.list.fill();
    this.fillPiece();
  }

  leavePiece(piece) {
    this.again = null;
    this.list.leave(piece);
    this.showFailure(null);
    if (this.list.queue.length === 0) {
      void this.list.load();
      return;
    }
    this.list.fill();
    this.fillPiece();
  }

  /** The next piece comes into view while this one is sent; what is given back undoes that, where it is refused. */
  goAhead(piece) {
    const { list } = this;
    if (this.again || list.queue.length < 2) return () => {};
    const { at } = list;
    this.leavePiece(piece);
    return () => {
      this.again = null;
      list.comeBack(piece, at);
      this.fillPiece();
    };
  }

  openAgain(piece) {
    this.again = piece;
    this.fillPiece();
    find("#now").textContent = say("hub.open_again", { piece: this.nameOf(piece) });
  }

  async #deleted(told) {
    this.again = null;
    await this.list.load();
    find("#said").replaceChildren(told);
  }

  // Its names

  workshopName(id) {
    return this.house.workshops.get(id)?.name ?? id;
  }

  nameOf(piece) {
    return `${designOf(piece, this.house)}, ${this.workshopName(piece.microfactory)}`;
  }

  // What is shown of it

  fillPiece() {
    const { piece } = this;
    this.list.rows.mark(piece?.id);
    find("#stage-bar").hidden = !piece;
    find("#heat").hidden = Boolean(piece?.veiled);
    this.deciding.fill();
    this.#holdOnce(piece);
    if (!piece) {
      find("#panel-body").replaceChildren();
      this.stage.clear();
      return;
    }
    const design = designOf(piece, this.house);
    if (this.stage.piece?.id !== piece.id) find("#panel-body").scrollTop = 0;
    // What follows a piece that was opened again is the one that was left for it.
    const next = this.list.queue[this.again ? this.list.at : this.list.at + 1];
    this.stage.show(piece, say("hub.photo_of", { design })).then(() => this.ahead.load(next));
    const held = find("#panel-body").contains(document.activeElement);
    fillPanel(piece, this.draft(), {
      ...this.#shown(),
      api: this.api,
      failed: this.failed,
      workshop: this.workshopName(piece.microfactory),
      design,
      showSecondPhoto: () => this.stage.choose(piece.photos.length),
      showMark: (at, number) => this.#showMark(at, number),
      showSample: (at) => this.stage.showSample(at),
      onWrongDesign: () => this.deciding.askDesign(),
      onDesign: (of) => this.deciding.sayDesign({ design: of, reason: "" }),
      onDeleted: (told) => this.#deleted(told),
    });
    if (held) find("#stage-photo").focus({ preventScroll: true }); // what had the focus is gone
  }

  #showMark(at, number) {
    this.stage.showMark(at, number);
    find(`[data-mark="${at}-${number}"]`)?.focus();
  }

  showFailure(words) {
    find("#failed").hidden = !words;
    find("#failed").textContent = words ?? "";
    if (words) find("#said").replaceChildren();
  }

  // Her review of it

  draft() {
    const { piece } = this;
    if (!this.drafts.has(piece.id)) this.drafts.set(piece.id, new Draft(piece));
    return this.drafts.get(piece.id);
  }

  forgetDraft(piece) {
    this.drafts.delete(piece.id);
  }

  reviewed() {
    const { piece, stage, house } = this;
    return piece && { draft: this.draft(), house, photo: piece.photos[stage.at]?.index ?? 0 };
  }

  /** The same where the photo on the stage can be noted on: one that came with an appeal has no place in a review. */
  #noted() {
    return this.piece?.photos[this.stage?.at] ? this.reviewed() : null;
  }

  step(way) {
    if (!this.piece || !this.draft()[way]()) return false;
    this.changed();
    return true;
  }

  /** Her review was changed on the stage or by a key: it is drawn anew, and said to those who do not see it. */
  changed(said = "") {
    refillReview(this.piece, this.draft(), this.#shown());
    this.stage.drawMarks();
    if (said) find("#now").textContent = said;
  }

  /** What the panel needs to draw her review. */
  #shown() {
    const { house, stage } = this;
    return {
      house,
      photoAt: stage.at,
      onReview: () => stage.beginMark(),
      onPlace: (at) => this.#place(at),
      onRemove: (at) => {
        this.draft().remove(at);
        this.changed();
      },
      onStep: (way) => this.step(way),
    };
  }

  /** A defect of the list is taken in hand, on its photo. */
  #place(at) {
    const draft = this.draft();
    const photoAt = this.piece.photos.findIndex(({ index }) => index === draft.defects[at].photo);
    this.stage.choose(photoAt);
    draft.chosen = at;
    this.changed();
    this.stage.beginMark();
  }
}
