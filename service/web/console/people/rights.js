// The record, for admins: who gave whom what right and who took it away, who changed an order, a design or a
// workshop, and what it was before; the latest first.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { told } from "../record.js";
import { Section, small, table, timeOr } from "../section.js";

const PAGE = 25;

export class Rights extends Section {
  constructor(told) {
    super(told, say("hub.record"), say("hub.record.about"));
    this.lines = [];
    this.cursor = null;
  }

  load() {
    return this.#load(false);
  }

  #load(more) {
    return this.attempt(async () => {
      const after = more ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
      const page = await this.api.list(`/v1/audit?limit=${PAGE}${after}`);
      this.lines = more ? [...this.lines, ...page.items] : page.items;
      this.cursor = page.next_cursor;
      const rows = this.lines.map((line) => this.#row(line));
      const next = this.cursor && small(say("hub.show_more"), () => this.#load(true));
      const heads = [say("hub.record.when"), say("hub.who"), say("hub.record.what")];
      const lines = table(say("hub.record"), heads, rows, say("hub.record.nothing"));
      lines.classList.add("record");
      this.body.replaceChildren(...[lines, next].filter(Boolean));
    });
  }

  #row(line) {
    return element(
      "tr",
      {},
      element("td", { class: "when" }, timeOr(line.at)),
      element("td", {}, line.actor),
      element("td", {}, told(line, this.house)),
    );
  }
}
