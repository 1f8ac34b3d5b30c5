// Numbers: the network at a glance, its pass rate over time, the funnel of workshops, defects, and pass rates by
// anything that is counted. Each figure stands with its definition, its table and its file for a spreadsheet.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { firstDay, whoseDays } from "../days.js";
import { glance } from "./glance.js";
import { biasTable, defectsTable, funnelTable, ratesTable, timeTable } from "./tables.js";
import { Figure } from "./figure.js";

const WINDOWS = [30, 90, 365];
const BY = ["microfactory", "design", "material", "release", "reviewer", "defect", "week"];
const FACTORS = ["microfactory", "phone", "material", "category", "variance", "light", "warmth"];

export class Numbers {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.days = 90;
    this.workshop = "";
    this.by = "microfactory";
    this.factor = "material";
    this.asked = 0;
  }

  async open() {
    await this.#load();
  }

  async #load() {
    const asked = ++this.asked;
    this.#fill(element("p", { class: "quiet", role: "status" }, say("hub.numbers.loading")));
    try {
      const [time, funnel, defects, rates, escapes, bias] = await Promise.all(
        [this.#path("over-time", this.#whose()), this.#path("funnel"), this.#path("defects", this.#whose()), this.#path("pass-rates", { by: this.by }), this.#path("escape-rate"), this.#path("bias", { by: this.factor })].map((path) => this.api.get(path)),
      );
      if (asked !== this.asked) return; // something else was asked for meanwhile
      this.#fill(glance(rates.network, escapes), this.#time(time), this.#funnel(funnel), this.#defects(defects), this.#rates(rates), this.#bias(bias));
    } catch (error) {
      if (asked === this.asked) this.#fill(element("p", { class: "notice", role: "alert" }, this.failed(error)));
    }
  }

  #fill(...parts) {
    find("#numbers").replaceChildren(this.#head(), whoseDays(this.house), ...parts);
  }

  #path(name, more = {}) {
    const since = firstDay(this.house, this.days);
    return `/v1/numbers/${name}?${new URLSearchParams({ since, ...more })}`;
  }

  #whose() {
    return this.workshop ? { microfactory: this.workshop } : {};
  }

  #head() {
    const choose = (days) => {
      this.days = days;
      this.#load();
    };
    const windows = WINDOWS.map((days) =>
      element(
        "button",
        { class: "button small", type: "button", "aria-pressed": String(days === this.days), onclick: () => choose(days) },
        say("hub.numbers.days", { count: days }),
      ),
    );
    const print = element("button", { class: "button small", type: "button", onclick: () => window.print() }, say("hub.numbers.print"));
    const title = element("h2", {}, say("hub.numbers"));
    return element("div", { class: "numbers-head" }, title, this.#workshops(), element("div", { class: "numbers-windows" }, windows, print));
  }

  /** Whose time and defects are shown; the other figures are of all. */
  #workshops() {
    const names = [...this.house.workshops.values()].sort((one, other) => one.name.localeCompare(other.name));
    const options = names.map(({ id, name }) => element("option", { value: id, selected: id === this.workshop }, name));
    const onchange = (event) => {
      this.workshop = event.target.value;
      this.#load();
    };
    const select = element("select", { class: "field", id: "numbers-whose", onchange }, element("option", { value: "" }, say("hub.numbers.whole")), options);
    return element("label", { class: "numbers-whose" }, element("span", { class: "unseen" }, say("hub.numbers.whose")), select);
  }

  #figure(name, words, more = {}) {
    return new Figure(this.api, this.failed, { name, path: (what, extra = {}) => this.#path(`${name}${what}`, { ...more, ...extra }), ...words });
  }

  #time(answer) {
    const words = {
      title: say(this.workshop ? "hub.time.own" : "hub.time.all", { name: this.#named(this.workshop) }),
      define: [say("hub.time.define"), say(answer.enough ? (answer.shift ? "hub.time.shift" : "hub.time.steady") : "hub.time.few")],
    };
    return this.#figure("over-time", words, this.#whose()).show(timeTable(answer), { chart: true });
  }

  #funnel(answer) {
    const define = [say("hub.funnel.define", { fewest: answer.fewest_pieces })];
    if (answer.between > 0) define.push(say("hub.funnel.wider"));
    if (answer.target === null) define.push(say("hub.funnel.none"));
    const words = { title: say("hub.funnel"), define };
    return this.#figure("funnel", words).show(funnelTable(answer, this.#pieces), { chart: answer.target !== null });
  }

  #defects(answer) {
    const title = say(this.workshop ? "hub.defects.own" : "hub.defects.all", { name: this.#named(this.workshop) });
    const words = { title, define: [say("hub.defects.define")] };
    const found = answer.items.some((one) => one.confirmed);
    return this.#figure("defects", words, this.#whose()).show(defectsTable(answer, this.#pieces), { chart: found });
  }

  #rates(answer) {
    const choice = this.#choice("by", "numbers-by", BY, "hub.by");
    const define = [say(`hub.define.${this.by}`), say("hub.rates.interval")];
    if (answer.drawn_toward !== null) define.push(say("hub.rates.drawn"));
    const words = { title: say("hub.numbers.rates"), define };
    return this.#figure("pass-rates", words, { by: this.by }).show(ratesTable(answer, this.house, this.#pieces), { choice, open: true });
  }

  #bias(answer) {
    const choice = this.#choice("factor", "numbers-factor", FACTORS, "hub.bias.by");
    const words = { title: say("hub.bias"), define: [say("hub.bias.define"), answer.asked > 0 && say("hub.bias.many", { asked: answer.asked }), answer.truncated && say("hub.costs.truncated")].filter(Boolean) };
    const said = answer.items.some((one) => one.false_flags.share !== null || one.misses.share !== null);
    return this.#figure("bias", words, { by: this.factor }).show(biasTable(answer), { choice, chart: said, open: true });
  }

  /** By what a figure is told; another choice loads it anew. */
  #choice(field, id, names, family) {
    const onchange = (event) => {
      this[field] = event.target.value;
      this.#load();
    };
    const options = names.map((name) => element("option", { value: name, selected: name === this[field] }, say(`${family}.${name}`)));
    return element("label", { class: "numbers-by" }, say("hub.numbers.by"), element("select", { class: "field", id, onchange }, options));
  }

  #named(workshop) {
    return this.house.workshops.get(workshop)?.name ?? workshop;
  }

  /** The pieces behind a count, in a dialog of their own: loaded when they are asked for. */
  #pieces = async (url, title) => {
    try {
      const { showPieces } = await import("./behind.js");
      await showPieces(await this.api.list(`${url}&limit=50`), title, this.house);
    } catch (error) {
      this.#fill(element("p", { class: "notice", role: "alert" }, this.failed(error)));
    }
  };
}
