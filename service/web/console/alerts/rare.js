// What is rare: how many good pieces, or days, lie between two with a class of defect.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { firstDay, whoseDays } from "../days.js";
import { Figure } from "../numbers/figure.js";
import { choice, labelled } from "../page.js";
import { table } from "../section.js";

const DAYS = 365;

export class Rare {
  constructor(page) {
    Object.assign(this, { page, defect: "", between: "pieces" });
  }

  async open(ways) {
    const { page } = this;
    const since = firstDay(page.house, DAYS);
    const shown = element("div", {});
    page.show(say("hub.alerts.rare"), {}, ways, whoseDays(page.house), shown);
    await page.attempt(async () => {
      const { items } = await page.api.get(`/v1/numbers/defects?since=${since}`);
      const found = items.filter(({ confirmed }) => confirmed);
      if (!found.length) return shown.replaceChildren(element("p", { class: "part quiet" }, say("hub.rare.none")));
      if (!found.some(({ defect }) => defect === this.defect)) this.defect = found.at(-1).defect; // the rarest
      return this.#chart(shown, since, found);
    });
  }

  async #chart(shown, since, found) {
    const query = (more = {}) => new URLSearchParams({ since, defect: this.defect, between: this.between, ...more });
    const answer = await this.page.api.get(`/v1/numbers/rare-defects?${query()}`);
    const changed = (name) => (event) => {
      this[name] = event.target.value;
      void this.page.attempt(() => this.#chart(shown, since, found));
    };
    const defects = found.map(({ defect }) => [defect, say(`defect.${defect}`, {}, defect)]);
    const ways = [["pieces", say("hub.rare.pieces")], ["days", say("hub.rare.days")]];
    const tools = element(
      "div",
      { class: "alerts-tools" },
      labelled(say("hub.rare.defect"), choice("defect", this.defect, defects, { onchange: changed("defect") })),
      labelled(say("hub.rare.between"), choice("between", this.between, ways, { onchange: changed("between") })),
    );
    const define = [say(this.between === "days" ? "hub.rare.about_days" : "hub.rare.about")];
    if (!answer.enough) define.push(say("hub.rare.few", { found: answer.found, decided: answer.decided }));
    const words = {
      name: "rare-defects",
      title: say("hub.rare.title", { name: say(`defect.${this.defect}`, {}, this.defect) }),
      define,
      path: (what, more = {}) => `/v1/numbers/rare-defects${what}?${query(more)}`,
    };
    const rows = [...answer.items].reverse().map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.day),
        element("td", { class: "numeral" }, this.between === "days" ? one.between.toFixed(1) : sayNumber(one.between)),
        element("td", {}, one.signals.map((rule) => say(`hub.signal.${rule}`)).join("; ")),
      ),
    );
    const heads = [say("hub.rare.day"), ways.find(([name]) => name === this.between)[1], say("hub.head.signals")];
    const figure = new Figure(this.page.api, this.page.failed, words);
    shown.replaceChildren(tools, figure.show(table(words.title, heads, rows, say("hub.numbers.none")), { chart: answer.items.length > 1 }));
  }
}
