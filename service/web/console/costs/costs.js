// The cost of quality: what thresholds cost, what was spent so far by kind, thresholds to be set, and the prices.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { firstDay, whoseDays } from "../days.js";
import { Page } from "../page.js";
import { Figure, screenOf } from "../numbers/figure.js";
import { costGlance, costTable, costWords, spentTable } from "./curve.js";
import { EnteredForm } from "./entered.js";
import { Thresholds } from "./thresholds.js";

const WINDOWS = [30, 90, 365];

export class Costs {
  constructor(api, house, failed) {
    this.page = new Page("costs", { api, house, failed });
    Object.assign(this, { api, house, failed });
    this.days = 90;
    this.defect = "";
    this.asked = 0;
  }

  async open() {
    const asked = ++this.asked;
    this.#show(element("p", { class: "quiet", role: "status" }, say("hub.numbers.loading")));
    await this.page.attempt(async () => {
      const [costs, spent, thresholds, prices] = await Promise.all(
        [this.#path("", screenOf()), this.#path("/spent"), "/v1/threshold-policies", "/v1/quality-prices"].map((path) => this.api.get(path)),
      );
      if (asked !== this.asked) return; // something else was asked for meanwhile
      const again = (done) => this.open().then(() => this.page.say(done));
      const form = new EnteredForm(this.page, "hub.price", "/v1/quality-prices", again);
      const policies = new Thresholds(this.page, thresholds, again);
      this.#show(costGlance(costs, spent), this.#curve(costs), policies.show(), this.#spent(spent), form.show(say("hub.prices"), prices));
    });
  }

  #show(...parts) {
    this.page.show(say("hub.costs.title"), { tools: windows(this, WINDOWS) }, whoseDays(this.page.house), ...parts);
  }

  #path(what = "", more = {}) {
    const since = firstDay(this.page.house, this.days);
    const one = what === "/spent" || !this.defect ? {} : { defect: this.defect };
    return `/v1/quality-costs${what}?${new URLSearchParams({ since, ...one, ...more })}`;
  }

  #curve(costs) {
    const onchange = (event) => {
      this.defect = event.target.value;
      void this.open();
    };
    const named = (name) => element("option", { value: name, selected: name === this.defect }, say(`defect.${name}`, {}, name));
    const select = element("select", { class: "field", id: "costs-which", onchange }, element("option", { value: "" }, say("hub.costs.all")), costs.defects.map(named));
    const choice = element("label", { class: "numbers-by" }, say("hub.costs.which"), select);
    const figure = new Figure(this.api, this.failed, {
      name: "quality-costs",
      title: say("hub.costs.expected"),
      define: costWords(costs),
      path: (what, more = {}) => this.#path(what, more),
    });
    return figure.show(costTable(costs), { chart: costs.curves.length + costs.measured.length > 0 && costs.chart, choice });
  }

  #spent(spent) {
    const figure = new Figure(this.api, this.failed, {
      name: "quality-spent",
      title: say("hub.spent.title", { kes: sayNumber(Math.round(spent.kes)) }),
      define: [say("hub.spent.define"), hidden(spent)],
      path: (what, more = {}) => this.#path("/spent", more),
    });
    return figure.show(spentTable(spent), { open: true });
  }
}

/** Buttons for how many days back, and one for paper. */
export function windows(view, choices) {
  const choose = (days) => {
    view.days = days;
    void view.open();
  };
  const buttons = choices.map((days) =>
    element("button", { class: "button small", type: "button", "aria-pressed": String(days === view.days), onclick: () => choose(days) }, say("hub.numbers.days", { count: days })),
  );
  return [...buttons, element("button", { class: "button small", type: "button", onclick: () => window.print() }, say("hub.numbers.print"))];
}

function hidden({ not_found_yet: kes, not_found_interval: [low, high] }) {
  const ends = { low: sayNumber(Math.round(low)), high: sayNumber(Math.round(high)) };
  return kes === null ? say("hub.spent.unknown") : say("hub.spent.hidden", { kes: sayNumber(Math.round(kes)), ...ends });
}
