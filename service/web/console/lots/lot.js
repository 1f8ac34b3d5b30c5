// A lot as a contact sheet: its pieces by their photos and states, what a person does to all of it, and its record.

import { element } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { facts, Page, part } from "../page.js";
import { told } from "../record.js";
import { LotActs } from "./acts.js";
import { packingButtons } from "./packing.js";
import { Sheet } from "./sheet.js";

export class LotPage {
  constructor(api, house, failed, live) {
    this.page = new Page("lots", { api, house, failed });
    Object.assign(this, { api, house });
    this.acts = new LotActs(this.page, () => this.#load());
    live.listen(() => this.#changed());
  }

  /** @param {string} id  of the lot */
  async open(id) {
    this.id = id;
    this.asked = newUuid();
    this.sheet = new Sheet(this.page, (status) => this.#counts(status));
    this.page.say();
    this.page.show(say("hub.lot"), { back: ["#lots", say("hub.lots")] });
    await this.#load();
  }

  get isOpen() {
    return this.id && location.hash === `#lots/${encodeURIComponent(this.id)}`;
  }

  async #load() {
    const { asked } = this;
    await this.page.attempt(async () => {
      const found = await this.api.get(this.#path());
      if (this.asked !== asked || !this.isOpen) return;
      this.#fill(found);
      await this.sheet.load(found.lot);
    });
  }

  #path(more = "") {
    return `/v1/lots/${encodeURIComponent(this.id)}${more}`;
  }

  #fill({ lot, counts, act, record }) {
    const { house } = this;
    const print = element("button", { class: "button small", type: "button", onclick: () => this.sheet.print() }, say("hub.print"));
    const failed = (error) => this.page.fail(this.page.failed(error));
    this.counts = counts;
    this.sheet.fill(counts);
    this.page.show(
      `${lot.id} · ${house.designs.get(lot.design)?.name ?? lot.design}`,
      { back: ["#lots", say("hub.lots")], tools: [print, packingButtons(lot, this.api, failed)].flat() },
      this.#stands(lot, counts, act),
      this.sheet.root,
      this.#record(record),
    );
  }

  #stands(lot, { waiting }, act) {
    const { house } = this;
    const done = say("hub.of", { part: sayNumber(lot.done), all: sayNumber(lot.pieces) });
    const section = part(
      say("hub.lot.stands"),
      this.acts.mark(act),
      facts(
        [say("hub.workshop"), element("a", { href: `#workshops/${lot.microfactory}` }, house.workshops.get(lot.microfactory)?.name ?? lot.microfactory)],
        [say("hub.design"), element("a", { href: `#designs/${lot.design}` }, house.designs.get(lot.design)?.name ?? lot.design)],
        [say("hub.lots.done"), done],
        [say("hub.lot.look"), sayNumber(waiting)],
        [say("hub.lots.note"), lot.note],
      ),
      this.page.may("reviewer", "admin") && this.acts.form(lot, act, waiting),
    );
    section.id = "lot-stands";
    return section;
  }

  #record(lines) {
    const rows = lines.map((line) =>
      element(
        "li",
        {},
        element("strong", {}, `${line.actor}: `),
        told(line, this.house),
        line.facts.reason && element("blockquote", {}, line.facts.reason),
        element("span", { class: "quiet" }, ` ${sayTime(line.at)}`),
      ),
    );
    const section = part(say("hub.lot.record"), rows.length ? element("ol", { class: "events" }, rows) : element("p", { class: "quiet" }, say("hub.record.nothing")));
    section.id = "lot-record";
    return section;
  }

  #counts(status) {
    const { states } = this.counts;
    return status ? (states[status] ?? 0) : Object.values(states).reduce((sum, count) => sum + count, 0);
  }

  /** Something came or was decided: it is told in numbers, and shown when she asks. One question at a time. */
  async #changed() {
    if (!this.isOpen || !this.counts || this.asking) return;
    this.asking = true;
    const { id } = this;
    const counts = await this.api.get(this.#path("/counts")).catch(() => null);
    this.asking = false;
    if (!counts || this.id !== id) return;
    this.counts = counts;
    this.sheet.fill(counts);
  }
}
