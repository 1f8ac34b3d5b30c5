// The queue of pieces that wait for a person: look, correct, decide, next.
// The photo in the middle is stage.js, the panel beside it panel.js, what waits queue/feed.js.
// Over 300 lines: it ties these together, and all of it acts on the one piece in view.

import { element, find } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { sayTime } from "../../shared/words.js";
import { turnVoice, waitingAppeal } from "../piece/appeal.js";
import { didWhat, DONE, meanwhile } from "../piece/decided.js";
import { fillPanel, refillReview } from "../piece/panel.js";
import { Feed } from "./feed.js";
import { fillFilters } from "./filters.js";
import { Rows } from "./rows.js";
import { reviewActs } from "../review/acts.js";
import { Ahead } from "../review/ahead.js";
import { Draft } from "../review/draft.js";
import { showHelp } from "../review/help.js";
import { listenToKeys } from "../review/keyboard.js";
import { showSingleKeys } from "../review/keys.js";
import { Stage } from "../piece/stage.js";

const ARROWS = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
const WORDS = {
  reload: "Refresh",
  fresh: (count) => `Show ${count} new`,
  held: (name, until) => `${name} has this piece open until ${until}. `,
  free: "Take the next free one",
  anyway: "Decide all the same",
  next: (piece, count) => `Next: ${piece}${count > 1 ? `, of ${count} that wait` : ""}. `,
  at: (number, count, piece) => `Piece ${number} of ${count}: ${piece}`,
  reopened: (piece) => `Open again: ${piece}`,
  kept: "It stays on the record; a new decision is added to it.",
};

export class Flagged {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.queue = [];
    this.fresh = new Set(); // what came since the list was asked for
    this.at = 0;
    this.drafts = new Map(); // inspection id → Draft; kept while the page is open
    this.last = null; // the piece that was decided last
    this.again = null; // a decided piece that was opened once more
    this.busy = false;
    this.stage = new Stage(api, house, failed, () => this.#fillPiece(), {
      now: () => this.#noted(),
      changed: () => this.#changed(),
    });
    this.ahead = new Ahead(api, house);
    const names = { design: ({ design }) => this.designName(design), workshop: ({ microfactory }) => this.workshopName(microfactory) };
    this.rows = new Rows(api, names, (at) => this.#go(at));
    this.feed = new Feed(api, {
      changed: (pieces, gone) => this.#others(pieces, gone),
      counted: ({ waiting }) => (find("#waiting").textContent = waiting || ""),
      held: () => (this.again ? null : this.piece),
      reset: () => this.#load(),
    });
    this.#listen();
  }

  get piece() {
    return this.again ?? this.queue[this.at] ?? null;
  }

  async open() {
    fillFilters(this.house, (filters) => {
      this.feed.filters = filters;
      this.again = null;
      void this.#load();
    });
    await this.#load();
  }

  // The queue

  async #load({ more = false } = {}) {
    try {
      const present = this.piece?.id;
      const came = await this.feed.load({ more });
      const shown = more ? this.queue : [];
      const known = new Set(shown.map(({ id }) => id));
      this.queue = [...shown, ...came.filter(({ id }) => !known.has(id))];
      this.at = Math.max(0, this.queue.findIndex(({ id }) => id === present));
      this.fresh = new Set();
      this.#showFailure(null);
    } catch (error) {
      this.#showFailure(this.failed(error));
    }
    this.#fillQueue();
    this.#fillPiece();
  }

  #fillQueue() {
    this.rows.fill(this.queue);
    find("#queue-more").hidden = !this.feed.cursor;
    find("#reload").textContent = this.fresh.size ? WORDS.fresh(this.fresh.size) : WORDS.reload;
  }

  /** What others did meanwhile: rows are told anew, what waits no more leaves, what is new is offered. */
  #others(pieces, gone) {
    const here = this.queue[this.at]?.id; // keeps its place, also while a decided piece is open again
    const now = new Map(pieces.map((piece) => [piece.id, piece]));
    const known = new Set(this.queue.map(({ id }) => id));
    for (const id of gone) this.fresh.delete(id);
    for (const id of now.keys()) if (!known.has(id)) this.fresh.add(id);
    // The piece in view stays until she leaves it: what was decided on it is told when she decides.
    this.queue = this.queue.filter(({ id }) => id === here || !gone.includes(id));
    for (const one of this.queue) {
      const told = now.get(one.id);
      if (told) Object.assign(one, one.id === here ? { waits: told.waits } : told);
    }
    this.at = Math.max(0, this.queue.findIndex(({ id }) => id === here));
    if (this.queue.length === 0) {
      void this.#load();
      return;
    }
    this.#fillQueue();
    this.rows.mark(this.piece?.id);
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
    const other = await this.feed.hold(piece);
    if (this.piece?.id !== piece.id || this.again) return;
    find("#held").hidden = !other?.held_by;
    if (!other) return;
    if (!other.held_by) {
      // It was decided meanwhile; once that is known, there is nothing to hold.
      if (other.review && other.review.id !== piece.review?.id) await this.#refresh(piece, other.review);
      return;
    }
    const take = element("button", { class: "button small", type: "button", onclick: () => this.#free() }, WORDS.free);
    find("#held").replaceChildren(WORDS.held(other.held_by, sayTime(other.until)), take);
  }

  /** The next one that nobody else has open. */
  #free() {
    const order = [...this.queue.slice(this.at + 1), ...this.queue.slice(0, this.at)];
    const next = order.find(({ waits }) => !waits?.held || waits.held.mine);
    if (next) this.#go(this.queue.indexOf(next));
    else void this.#load();
  }

  #go(at) {
    if (this.busy || this.queue.length === 0) return;
    this.again = null;
    this.at = Math.min(Math.max(at, 0), this.queue.length - 1);
    this.#showFailure(null);
    this.#fillPiece();
    find("#now").textContent = WORDS.at(this.at + 1, this.queue.length, this.#nameOf(this.piece));
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
    this.rows.mark(piece?.id);
    find("#stage-bar").hidden = !piece;
    this.#fillDecisions();
    this.#holdOnce(piece);
    if (!piece) {
      find("#panel-body").replaceChildren();
      this.stage.clear();
      return;
    }
    const design = this.designName(piece.design);
    if (this.stage.piece?.id !== piece.id) find("#panel-body").scrollTop = 0;
    // What follows a piece that was opened again is the one that was left for it.
    const next = this.queue[this.again ? this.at : this.at + 1];
    this.stage.show(piece, `Photo of ${design}`).then(() => this.ahead.load(next));
    const held = find("#panel-body").contains(document.activeElement);
    fillPanel(piece, this.#draft(), {
      ...this.#shown(),
      api: this.api,
      workshop: this.workshopName(piece.microfactory),
      design,
      showSecondPhoto: () => this.stage.choose(piece.photos.length),
      showMark: (at, number) => this.#showMark(at, number),
      showSample: (at) => this.stage.showSample(at),
      onDeleted: (told) => this.#deleted(told),
    });
    if (held) find("#stage-photo").focus({ preventScroll: true }); // what had the focus is gone
  }

  #showMark(at, number) {
    this.stage.showMark(at, number);
    find(`[data-mark="${at}-${number}"]`)?.focus();
  }

  #draft() {
    const { piece } = this;
    if (!this.drafts.has(piece.id)) this.drafts.set(piece.id, new Draft(piece));
    return this.drafts.get(piece.id);
  }

  // The decision

  /** The decisions, or what somebody else decided since she began: she keeps that, or decides again knowingly. */
  #fillDecisions() {
    const { piece } = this;
    const unseen = this.#unseen();
    find("#decisions").hidden = !piece || Boolean(unseen);
    const card = find("#meanwhile");
    card.hidden = !unseen;
    card.className = unseen ? `was-${unseen.disposition}` : "";
    card.replaceChildren(
      ...(unseen
        ? meanwhile(unseen, this.#draft().wanted, {
            onKeep: () => this.#keepTheirs(piece, unseen),
            onAgain: () => this.#decideAgain(unseen),
          })
        : []),
    );
  }

  /** The review that counts and that she has not seen; null where there is none. */
  #unseen() {
    const review = this.piece?.review;
    return review && review.id !== this.#draft().seen ? review : null;
  }

  #keepTheirs(piece, review) {
    Object.assign(this.#draft(), { seen: review.id, wanted: null });
    this.#leavePiece(piece);
    this.#say(piece, `Kept as it is: ${didWhat(review)}.`);
  }

  #decideAgain(review) {
    Object.assign(this.#draft(), { seen: review.id, wanted: null });
    this.#fillPiece();
    find("#decisions button").focus();
  }

  async #decide(disposition, { anyway = false } = {}) {
    const { piece } = this;
    if (!piece || this.busy) return;
    if (this.#unseen()) {
      find("#keep-theirs").focus();
      return;
    }
    const draft = this.#draft();
    const body = { ...draft.review(disposition), appeal: waitingAppeal(piece)?.id ?? null, anyway };
    // The same body again carries the same UUID, so that a lost answer cannot make two reviews.
    const text = JSON.stringify(body);
    if (draft.sent?.text !== text) draft.sent = { text, id: newUuid() };
    this.#setBusy(true);
    let decided;
    try {
      decided = await this.api.put(`/v1/inspections/${piece.id}/reviews/${draft.sent.id}`, body);
    } catch (error) {
      const kept = "Nothing is lost: press the same key to send it again.";
      if (error.body?.held_by) {
        this.#showHeld(error.body, disposition);
        return;
      }
      if (error.status === 409) await this.#refresh(piece, error.body.review);
      if (this.piece?.id === piece.id && this.#unseen()) {
        draft.wanted = disposition;
        this.#showFailure(null);
        find("#said").replaceChildren();
        this.#fillDecisions();
        find("#keep-theirs").focus();
        return;
      }
      this.#showFailure(`Not recorded. ${this.failed(error)} ${error.passing ? kept : ""}`);
      return;
    } finally {
      this.#setBusy(false);
    }
    this.drafts.delete(piece.id);
    this.#leavePiece(piece);
    const { review } = decided;
    // What is sent again because its answer was lost may have been decided anew meanwhile.
    const since = review.id === draft.sent.id ? "" : ` But ${didWhat(review)} since then.`;
    this.#say(decided, `${DONE[disposition]}:`, since);
  }

  #showHeld({ held_by: name, until }, disposition) {
    this.#showFailure(`Not recorded. ${WORDS.held(name, sayTime(until))}`);
    const onclick = () => this.#decide(disposition, { anyway: true });
    find("#failed").append(element("button", { class: "button small", type: "button", id: "anyway", onclick }, WORDS.anyway));
  }

  /** Something of it changed while it was in view, as when its workshop contested it, or somebody decided on it. */
  async #refresh(piece, review = piece.review) {
    const found = await this.api.get(`/v1/inspections/${piece.id}`).catch(() => ({ ...piece, review }));
    const fresh = { ...found, waits: piece.waits };
    this.queue = this.queue.map((one) => (one.id === piece.id ? fresh : one));
    if (this.again?.id === piece.id) this.again = fresh;
    this.#fillQueue();
    this.#fillPiece();
  }

  #leavePiece(piece) {
    this.queue = this.queue.filter(({ id }) => id !== piece.id);
    this.again = null;
    this.at = Math.min(this.at, Math.max(0, this.queue.length - 1));
    this.#showFailure(null);
    if (this.queue.length === 0) {
      this.#load();
      return;
    }
    this.#fillQueue();
    this.#fillPiece();
  }

  /** What was decided, and what comes next. */
  #say(piece, done, since = "") {
    this.last = piece;
    const onclick = () => this.#openAgain(piece);
    const reopen = element("button", { type: "button", title: WORDS.kept, onclick }, "Open it again ", element("kbd", {}, "U"));
    const next = this.piece ? WORDS.next(this.#nameOf(this.piece), this.queue.length) : "";
    find("#said").replaceChildren(element("strong", {}, `${done} `), `${this.#nameOf(piece)}.${since} ${next}`, reopen);
    find("#now").textContent = "";
  }

  #nameOf({ design, microfactory }) {
    return `${this.designName(design)}, ${this.workshopName(microfactory)}`;
  }

  async #deleted(told) {
    this.again = null;
    await this.#load();
    find("#said").replaceChildren(told);
  }

  #openAgain(piece) {
    this.again = piece;
    this.#fillPiece();
    find("#now").textContent = WORDS.reopened(this.#nameOf(piece));
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
    for (const button of document.querySelectorAll("#decisions button")) {
      button.addEventListener("click", () => this.#decide(button.dataset.disposition));
    }
    find("#keys").addEventListener("click", () => showHelp());
    showSingleKeys();
    listenToKeys(this.#acts());
  }

  #acts() {
    const { stage } = this;
    const { beside, boxes } = stage;
    return {
      next: () => this.#go(this.at + 1),
      previous: () => this.#go(this.at - 1),
      accept: () => this.#decide("accept"),
      rework: () => this.#decide("rework"),
      reject: () => this.#decide("reject"),
      undo: () => this.last && this.#openAgain(this.last),
      photo: (name) => stage.choose(Number(name) - 1),
      photoBefore: () => stage.choose(stage.at - 1),
      photoAfter: () => stage.choose(stage.at + 1),
      heat: () => stage.turnHeat(),
      marks: () => stage.turnFrames(),
      mark: () => stage.nextMark(),
      zoom: () => stage.zoom(),
      fit: () => stage.fit(),
      nearer: () => stage.step(1),
      farther: () => stage.step(-1),
      arrow: (name) => boxes.step(ARROWS[name], false) || stage.pan(...ARROWS[name]),
      size: (name) => boxes.step(ARROWS[name.replace("shift+", "")], true),
      place: () => boxes.place(),
      box: () => boxes.next(),
      remove: () => boxes.remove(),
      escape: () => boxes.escape(),
      back: () => this.#step("undo"),
      again: () => this.#step("redo"),
      beside: () => beside.turn(),
      frame: () => beside.turnFrame(),
      blink: (_, down) => beside.hold(down),
      voice: () => turnVoice(),
      help: () => void showHelp(),
      ...reviewActs(() => this.#reviewed(), { changed: (said) => this.#changed(said), added: () => boxes.begin() }),
    };
  }

  #reviewed() {
    const { piece, stage, house } = this;
    return piece && { draft: this.#draft(), house, photo: piece.photos[stage.at]?.index ?? 0 };
  }

  /** The same where the photo on the stage can be noted on: one that came with an appeal has no place in a review. */
  #noted() {
    return this.piece?.photos[this.stage?.at] ? this.#reviewed() : null;
  }

  #step(way) {
    if (!this.piece || !this.#draft()[way]()) return false;
    this.#changed();
    return true;
  }

  /** Her review was changed on the stage or by a key: it is drawn anew, and said to those who do not see it. */
  #changed(said = "") {
    refillReview(this.piece, this.#draft(), this.#shown());
    this.stage.boxes.draw();
    if (said) find("#now").textContent = said;
  }

  /** What the panel needs to draw her review. */
  #shown() {
    const { house, stage } = this;
    return {
      house,
      photoAt: stage.at,
      onReview: () => stage.boxes.begin(),
      onPlace: (at) => this.#place(at),
      onRemove: (at) => {
        this.#draft().remove(at);
        this.#changed();
      },
      onStep: (way) => this.#step(way),
    };
  }

  /** A defect of the list is taken in hand, on its photo. */
  #place(at) {
    const draft = this.#draft();
    const photoAt = this.piece.photos.findIndex(({ index }) => index === draft.defects[at].photo);
    this.stage.choose(photoAt);
    draft.chosen = at;
    this.#changed();
    this.stage.boxes.begin();
  }
}
