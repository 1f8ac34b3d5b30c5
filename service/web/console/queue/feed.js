// What waits, as the hub tells it: by her filters, in its order, a piece held by one person at a time, kept fresh.

const PAGE = 50;
const RENEWED_EVERY_MS = 3 * 60_000;

/** An inspection with why it waits and who has it open, of an item of the queue. */
const pieceOf = ({ inspection, change, ...waits }) => ({ ...inspection, waits });

export class Feed {
  /**
   * @param {{changed: (pieces: object[], gone: string[]) => void, counted: (counts: object) => void, reset: () => void,
   *   held: () => object|null}} page  what it tells; `held` is the piece in view, which is held for as long as it is
   */
  constructor(api, live, page) {
    Object.assign(this, { api, page });
    this.filters = {};
    this.cursor = null;
    this.change = 0; // what was told so far
    this.since = 0; // of when the list was asked for
    live.listen((kind) => kind === "queue" && void this.#fresh());
    setInterval(() => document.hidden || this.hold(this.page.held()), RENEWED_EVERY_MS);
    addEventListener("pagehide", () => this.#giveBack());
  }

  /** The next page of what waits; the first one where `more` is false. */
  async load({ more = false } = {}) {
    const asked = new URLSearchParams({ ...this.filters, limit: PAGE });
    if (more && this.cursor) asked.set("cursor", this.cursor);
    const page = await this.api.get(`/v1/queue?${asked}`);
    this.cursor = page.next_cursor;
    if (!more) {
      this.change = this.since = page.change;
      void this.#count();
    }
    return page.items.map(pieceOf);
  }

  /** Hers for some minutes; null, or by whom it is held and until when, or the review by which it waits no more, or
   *  in words why another person decides it (`bars`). */
  async hold(piece) {
    if (!piece?.waits) return null;
    try {
      await this.api.put(`/v1/queue/claims/${piece.id}`, {});
      return null;
    } catch (error) {
      // An engineer looks on and holds nothing; without a network she goes on with what she has.
      if (error.status !== 409) return null;
      const { held_by: by, type, detail } = error.body;
      return by || type?.endsWith("not-waiting") ? error.body : { bars: detail };
    }
  }

  /** A page that goes holds nothing; where this does not arrive, the claim ends by itself. */
  #giveBack() {
    const piece = this.page.held();
    if (piece?.waits) this.api.ask(`/v1/queue/claims/${piece.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }

  /** What changed since, of what her filters let through. */
  async #fresh() {
    const { filters } = this;
    if (!this.change) return;
    if (this.asking) return void (this.again = true); // what is asked for now may be of before
    this.asking = true;
    try {
      const asked = new URLSearchParams({ ...filters, after: this.change });
      const found = await this.api.get(`/v1/queue/changes?${asked}`);
      if (this.filters !== filters) return;
      if (found.reset) return void this.page.reset();
      this.change = found.change;
      this.again ||= found.more;
      this.page.counted(found.counts);
      if (found.items.length || found.gone.length) this.page.changed(found.items.map(pieceOf), found.gone);
    } catch {
      // Asked again soon; what she does meanwhile says by itself that there is no network.
      this.again = false;
    } finally {
      this.asking = false;
      if (this.again) {
        this.again = false;
        void this.#fresh();
      }
    }
  }

  /** How much waits by her filters. */
  async #count() {
    const asked = new URLSearchParams(this.filters);
    await this.api.get(`/v1/queue/counts?${asked}`).then(this.page.counted, () => {});
  }
}
