// The list of what waits, with a place in it: loaded by pages, kept fresh, and what others did meanwhile told in it.

import { find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { Feed } from "./feed.js";
import { Rows } from "./rows.js";

export class WaitingList {
  /**
   * @param {object} page  the view: which piece is in view, and how it is shown
   * @param {{design: (piece: object) => string, workshop: (piece: object) => string}} names
   */
  constructor(api, live, page, names) {
    this.page = page;
    this.queue = [];
    this.fresh = new Set(); // what came since the list was asked for
    this.at = 0;
    this.rows = new Rows(api, names, (at) => page.go(at));
    this.feed = new Feed(api, live, {
      changed: (pieces, gone) => this.#others(pieces, gone),
      counted: ({ waiting }) => (find("#waiting").textContent = waiting || ""),
      held: () => (page.again ? null : page.piece),
      reset: () => this.load(),
    });
    find("#reload").addEventListener("click", () => this.load());
    find("#queue-more").addEventListener("click", () => this.load({ more: true }));
  }

  get piece() {
    return this.queue[this.at] ?? null;
  }

  async load({ more = false } = {}) {
    try {
      const present = this.page.piece?.id;
      const came = await this.feed.load({ more });
      const shown = more ? this.queue : [];
      const known = new Set(shown.map(({ id }) => id));
      this.queue = [...shown, ...came.filter(({ id }) => !known.has(id))];
      this.at = Math.max(0, this.queue.findIndex(({ id }) => id === present));
      this.fresh = new Set();
      this.page.showFailure(null);
    } catch (error) {
      this.page.showFailure(this.page.failed(error));
    }
    this.fill();
    this.page.fillPiece();
  }

  fill() {
    this.rows.fill(this.queue);
    find("#queue-more").hidden = !this.feed.cursor;
    find("#reload").textContent = this.fresh.size ? say("hub.show_new", { count: this.fresh.size }) : say("hub.refresh");
  }

  /** What others did meanwhile: rows are told anew, what waits no more leaves, what is new is offered. */
  #others(pieces, gone) {
    const here = this.piece?.id; // keeps its place, also while a decided piece is open again
    const now = new Map(pieces.map((piece) => [piece.id, piece]));
    const known = new Set(this.queue.map(({ id }) => id));
    for (const id of gone) this.fresh.delete(id);
    // What somebody only took or gave back waited before, farther down than the list goes.
    for (const { id, change } of pieces) if (!known.has(id) && change > this.feed.since) this.fresh.add(id);
    // The piece in view stays until she leaves it: what was decided on it is told when she decides.
    this.queue = this.queue.filter(({ id }) => id === here || !gone.includes(id));
    for (const one of this.queue) {
      const told = now.get(one.id);
      if (told) Object.assign(one, one.id === here ? { waits: told.waits } : told);
    }
    this.at = Math.max(0, this.queue.findIndex(({ id }) => id === here));
    if (this.queue.length === 0) {
      void this.load();
      return;
    }
    this.fill();
    this.rows.mark(this.page.piece?.id);
  }

  /** To that place, or the nearest that there is. */
  go(at) {
    this.at = Math.min(Math.max(at, 0), this.queue.length - 1);
  }

  /** The next one that nobody else has open; −1 where there is none. */
  free() {
    const order = [...this.queue.slice(this.at + 1), ...this.queue.slice(0, this.at)];
    return this.queue.indexOf(order.find(({ waits }) => !waits?.held || waits.held.mine));
  }

  /** Something of a piece is another now. */
  put(fresh) {
    this.queue = this.queue.map((one) => (one.id === fresh.id ? fresh : one));
  }

  leave(piece) {
    this.queue = this.queue.filter(({ id }) => id !== piece.id);
    this.at = Math.min(this.at, Math.max(0, this.queue.length - 1));
  }

  /** It left too early: in its place again. */
  comeBack(piece, at) {
    this.queue = this.queue.filter(({ id }) => id !== piece.id);
    this.queue.splice(at, 0, piece);
    this.at = at;
    this.fill();
  }
}
