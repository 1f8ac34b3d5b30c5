// Pieces: any of them found again, by code, lot, workshop, design, state and day. What was looked for stands in the
// address, so that it can be sent to somebody.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { dayBegin } from "../days.js";
import { byName, choice, inAddress, input, labelled, Page, thumb } from "../page.js";
import { designOf } from "../piece/designs.js";
import { PiecePage } from "./piece.js";
import { STATES, stateMark } from "./states.js";

const PAGE = 50;
const TYPED_MS = 300;
const NAMES = ["code", "lot", "microfactory", "design", "status", "since", "until"];

export class Pieces {
  constructor(api, house, failed) {
    this.page = new Page("pieces", { api, house, failed });
    this.piece = new PiecePage(api, house, failed);
    Object.assign(this, { api, house, wanted: {}, rows: [], cursor: null });
  }

  async open(rest) {
    if (rest && !rest.includes("=")) return this.piece.open(rest, addressOf(this.wanted));
    const given = new URLSearchParams(rest);
    this.wanted = Object.fromEntries(NAMES.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
    Object.assign(this, { rows: [], cursor: null });
    this.list = element("div", {});
    this.page.show(say("hub.pieces"), {}, this.#form(), this.list);
    return this.#load();
  }

  #form() {
    const { wanted, house } = this;
    const any = say("hub.any");
    const fields = [
      labelled(say("hub.piece_code"), input("code", wanted.code, { type: "search", spellcheck: "false", maxlength: 64, placeholder: say("hub.begins_with") })),
      labelled(say("hub.lot"), input("lot", wanted.lot, { type: "search", spellcheck: "false", maxlength: 64 })),
      labelled(say("hub.workshop"), choice("microfactory", wanted.microfactory, byName(house.workshops, any))),
      labelled(say("hub.design"), choice("design", wanted.design, byName(house.designs, any))),
      labelled(say("hub.state"), choice("status", wanted.status, [["", any], ...Object.entries(STATES).map(([name, word]) => [name, say(word)])])),
      labelled(say("hub.from_day"), input("since", wanted.since, { type: "date" })),
      labelled(say("hub.to_day"), input("until", wanted.until, { type: "date" })),
    ];
    const form = element("form", { class: "page-form", role: "search", "aria-label": say("hub.pieces") }, fields);
    let typed;
    const tell = () => {
      clearTimeout(typed);
      const now = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()).map(([name, value]) => [name, value.trim()]));
      // A field that is left says once more that it was changed, also where an address is about to be followed.
      if (addressOf(now) === addressOf(this.wanted)) return;
      this.wanted = now;
      history.replaceState(null, "", addressOf(this.wanted));
      void this.#load();
    };
    form.addEventListener("input", () => {
      clearTimeout(typed);
      typed = setTimeout(tell, TYPED_MS);
    });
    form.addEventListener("change", tell); // what is chosen is meant at once
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tell();
    });
    return form;
  }

  async #load({ more = false } = {}) {
    const { wanted } = this;
    const asked = new URLSearchParams({ ...wanted, limit: PAGE });
    if (wanted.since) asked.set("since", dayBegin(this.house, wanted.since));
    if (wanted.until) asked.set("until", dayBegin(this.house, wanted.until, 1));
    if (more && this.cursor) asked.set("cursor", this.cursor);
    await this.page.attempt(async () => {
      const found = await this.api.list(`/v1/pieces?${asked}`);
      if (this.wanted !== wanted) return; // something else was asked for meanwhile
      this.rows = more ? [...this.rows, ...found.items] : found.items;
      this.cursor = found.next_cursor;
      this.#fill();
    });
  }

  #fill() {
    const heads = [say("hub.photo"), say("hub.piece_code"), say("hub.state"), say("hub.design"), say("hub.workshop"), say("hub.received")];
    const rows = this.rows.map((row) => this.#row(row));
    const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.no_piece")));
    const table = element(
      "table",
      { class: "cards", "aria-label": say("hub.pieces") },
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows.length ? rows : none),
    );
    const onclick = () => this.#load({ more: true });
    const more = this.cursor && element("button", { class: "button", type: "button", onclick }, say("hub.show_more"));
    this.list.replaceChildren(...[table, more].filter(Boolean));
  }

  #row(row) {
    const { house } = this;
    const { id, piece, lot, status, microfactory, received_at: at, thumb_url: url } = row;
    return element(
      "tr",
      {},
      element("td", { class: "pic" }, thumb(this.api, url)),
      element("th", { scope: "row" }, element("a", { href: `#pieces/${id}` }, piece ?? say("hub.no_code")), lot && element("small", {}, ` ${lot}`)),
      element("td", {}, stateMark(status)),
      element("td", {}, designOf(row, house)),
      element("td", {}, house.workshops.get(microfactory)?.name ?? microfactory),
      element("td", { class: "quiet" }, sayTime(at)),
    );
  }
}

const addressOf = (wanted) => {
  const said = Object.entries(wanted).map(([name, value]) => `${name}=${inAddress(value)}`);
  return said.length ? `#pieces/${said.join("&")}` : "#pieces";
};
