// The contact sheet of a lot: a small photo a piece, fetched once it is in sight, with its state in a word and a mark.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { STATES, stateMark } from "../pieces/states.js";

const PAGE = 60;
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"; // until its photo is there, if there is one
const MOST_PRINTED = 1_000;

export class Sheet {
  /**
   * @param {import("../page.js").Page} page
   * @param {(status: string) => number} count  of the lot's pieces in a state, or of all
   */
  constructor(page, count) {
    Object.assign(this, { page, api: page.api, count, status: "", rows: [], cursor: null, known: null });
    this.filter = element("div", { class: "sheet-filter", role: "group", "aria-label": say("hub.state") });
    this.fresh = element("button", { class: "button small main", type: "button", hidden: true, onclick: () => this.load(this.lot) });
    this.grid = element("ol", { class: "sheet" });
    this.more = element("button", { class: "button", type: "button", hidden: true, onclick: () => this.load(this.lot, { more: true }) }, say("hub.show_more"));
    this.root = element("section", { class: "part", "aria-label": say("hub.pieces") }, element("div", { class: "sheet-head" }, element("h3", {}, say("hub.pieces")), this.filter, this.fresh), this.grid, this.more);
    this.seen = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => isIntersecting && this.#photo(target)), { rootMargin: "400px" });
  }

  /** The choices with their numbers; what is more of the chosen state than when the pieces were asked for is new. */
  fill({ states }) {
    const choices = [["", say("hub.lots.all")], ...Object.entries(STATES).filter(([status]) => states[status] || status === this.status).map(([status, key]) => [status, say(key)])];
    this.filter.replaceChildren(
      ...choices.map(([status, words]) =>
        element(
          "button",
          { class: "button small", type: "button", "aria-pressed": String(status === this.status), onclick: () => this.#choose(status, states) },
          status ? stateMark(status, words) : words,
          ` ${sayNumber(this.count(status))}`,
        ),
      ),
    );
    const fresh = this.known === null ? 0 : this.count(this.status) - this.known;
    this.fresh.hidden = fresh === 0;
    this.fresh.textContent = fresh > 0 ? say("hub.show_new", { count: fresh }) : say("hub.refresh");
  }

  #choose(status, states) {
    this.status = status;
    this.known = null;
    this.fill({ states });
    void this.load(this.lot);
  }

  async load(lot, { more = false } = {}) {
    this.lot = lot;
    const { status } = this;
    const asked = new URLSearchParams({ order: lot.id, microfactory: lot.microfactory, limit: PAGE });
    if (status) asked.set("status", status);
    if (more && this.cursor) asked.set("cursor", this.cursor);
    const known = this.count(status);
    return this.page.attempt(async () => {
      const found = await this.api.list(`/v1/pieces?${asked}`);
      if (this.status !== status) return;
      this.rows = more ? [...this.rows, ...found.items] : found.items;
      this.cursor = found.next_cursor;
      this.known = more ? this.known : known;
      const tiles = found.items.map((row) => this.#tile(row));
      if (more) this.grid.append(...tiles);
      else this.grid.replaceChildren(...(tiles.length ? tiles : [element("li", { class: "quiet" }, say("hub.no_piece"))]));
      this.more.hidden = !this.cursor;
      this.fresh.hidden = true;
    });
  }

  #tile({ id, piece, status, thumb_url: url }) {
    const image = element("img", { src: NOTHING, alt: "", width: 160, height: 120 });
    image.dataset.url = url.replace(/width=\d+/, "width=320");
    this.seen.observe(image);
    const name = piece ?? say("hub.no_code");
    return element("li", {}, element("a", { href: `#pieces/${id}` }, image, element("strong", {}, name)), stateMark(status));
  }

  async #photo(image) {
    this.seen.unobserve(image);
    const { url } = image.dataset;
    if (!url) return;
    delete image.dataset.url;
    try {
      image.src = await this.api.photo(url);
      await image.decode();
    } catch {
      image.classList.add("lost");
    }
  }

  /** All of it, with its photos, since paper is not scrolled. */
  async print() {
    while (this.cursor && this.rows.length < MOST_PRINTED) if (!(await this.load(this.lot, { more: true }))) return;
    await Promise.all([...this.grid.querySelectorAll("img[data-url]")].map((image) => this.#photo(image)));
    window.print();
  }
}
