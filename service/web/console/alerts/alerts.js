// Alerts: what changed, as sentences that people acknowledge; and on parts of the same page how a release drifts, what
// is rare, and, for admins, who is told.
//
// #alerts, #alerts/<id> one alone, #alerts/releases, #alerts/rare, #alerts/receivers

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { choice, keep, Page } from "../page.js";
import { small } from "../section.js";
import { card } from "./card.js";
import { Rare } from "./rare.js";
import { Receivers } from "./receivers.js";
import { Releases } from "./releases.js";

const WHICH = ["open", "acknowledged", "withdrawn", "all"];
const WORDS = { open: "hub.alerts.open", acknowledged: "hub.alerts.acknowledged", withdrawn: "hub.alerts.withdrawn", all: "hub.alerts.all" };
const KINDS = ["network", "microfactory", "design", "defect", "retakes", "scores", "misses"];

export class Alerts {
  constructor(api, house, failed) {
    this.page = new Page("alerts", { api, house, failed });
    Object.assign(this, { api, house, failed, which: "open", kind: "" });
    this.parts = { releases: new Releases(this.page), rare: new Rare(this.page), receivers: new Receivers(this.page) };
  }

  /** How many are open, beside the word in the menu. */
  async count() {
    try {
      const { open } = await this.api.get("/v1/alerts/counts");
      find("#alerts-open").textContent = open || "";
    } catch {
      // A menu without the number is still a menu; the page itself says what went wrong.
    }
  }

  async open(rest) {
    this.page.say();
    const part = this.parts[rest];
    if (part && (rest !== "receivers" || this.page.may("admin"))) return part.open(this.#ways(rest));
    return rest ? this.#one(rest) : this.#list();
  }

  /** Where else on this page one may go. */
  #ways(here) {
    const ways = [["", "hub.alerts"], ["releases", "hub.alerts.releases"], ["rare", "hub.alerts.rare"], this.page.may("admin") && ["receivers", "hub.alerts.receivers"]];
    const links = ways.filter(Boolean).map(([name, word]) => {
      const current = name === here ? "page" : null;
      return element("a", { class: "button small", href: name ? `#alerts/${name}` : "#alerts", "aria-current": current }, say(word));
    });
    return element("nav", { class: "alerts-ways", "aria-label": say("hub.alerts.parts") }, links);
  }

  async #list() {
    this.cards = element("div", { class: "alerts-list" });
    const changed = (name) => (event) => {
      this[name] = event.target.value;
      void this.#load();
    };
    const which = choice("which", this.which, WHICH.map((one) => [one, say(WORDS[one])]), { "aria-label": say("hub.alerts.which"), onchange: changed("which") });
    const kinds = [["", say("hub.alerts.every")], ...KINDS.map((one) => [one, say(`hub.kind.${one}`)])];
    const kind = choice("kind", this.kind, kinds, { "aria-label": say("hub.alerts.kind"), onchange: changed("kind") });
    const csv = small(say("hub.numbers.csv"), () => this.page.attempt(() => keep(this.api, this.#path({ format: "csv" }), "alerts.csv")));
    const about = element("p", { class: "quiet" }, say("hub.alerts.about"));
    this.page.show(say("hub.alerts"), { tools: [which, kind, csv] }, this.#ways(""), about, this.cards);
    await this.#load();
  }

  #path(more = {}) {
    return `/v1/alerts?${new URLSearchParams({ which: this.which, ...(this.kind && { kind: this.kind }), ...more })}`;
  }

  async #load(cursor = null) {
    await this.page.attempt(async () => {
      const page = await this.api.list(this.#path(cursor ? { cursor } : {}));
      const made = page.items.map((alert) => this.#card(alert));
      const more = page.next_cursor && small(say("hub.show_more"), (event) => {
        event.target.remove();
        void this.#load(page.next_cursor);
      });
      const none = !cursor && !made.length && element("p", { class: "part quiet", role: "status" }, say("hub.alerts.none"));
      const shown = [...made, none, more].filter(Boolean);
      if (cursor) this.cards.append(...shown);
      else this.cards.replaceChildren(...shown);
    });
  }

  async #one(id) {
    await this.page.attempt(async () => {
      const alert = await this.api.get(`/v1/alerts/${encodeURIComponent(id)}`);
      const cards = element("div", { class: "alerts-list" }, this.#card(alert, { open: true }));
      this.page.show(say("hub.alerts.one"), { back: ["#alerts", say("hub.alerts")] }, cards);
    });
  }

  #card(alert, how = {}) {
    return card(this.page, alert, { ...how, changed: () => this.count() });
  }
}
