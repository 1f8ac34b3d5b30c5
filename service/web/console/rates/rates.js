// Pass rates: the network's, then every workshop by name, each with its count and its interval.

import { element, find, svg } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { whoseDays } from "../days.js";
import { percent } from "../page.js";

const WINDOWS = [7, 30, 90];
const PAGE = 200;

export class Rates {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.days = 30;
    this.rows = [];
    this.cursor = null;
    this.network = null;
    this.filter = "";
  }

  async open() {
    await this.#load();
  }

  async #load({ more = false } = {}) {
    const { days } = this;
    const after = more && this.cursor ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
    try {
      const [network, page] = await Promise.all([
        this.api.get(`/v1/pass-rate?window_days=${days}`),
        this.api.list(`/v1/pass-rates?window_days=${days}&limit=${PAGE}${after}`),
      ]);
      if (this.days !== days) return; // another window was asked for meanwhile
      this.network = network;
      this.rows = more ? [...this.rows, ...page.items] : page.items;
      this.cursor = page.next_cursor;
      this.#fill();
    } catch (error) {
      this.#fill(this.failed(error));
    }
  }

  #fill(trouble = "") {
    const parts = [this.#head(), whoseDays(this.house)];
    if (trouble) parts.push(element("p", { class: "notice", role: "alert" }, trouble));
    if (this.network) parts.push(networkCard(this.network), this.#tableHead(), this.#table());
    if (this.network && this.cursor) {
      const onclick = () => this.#load({ more: true });
      parts.push(element("button", { class: "button", type: "button", onclick }, say("hub.rates.more")));
    }
    find("#rates").replaceChildren(...parts);
  }

  #head() {
    const choose = (days) => {
      this.days = days;
      this.network = null; // figures of another window are not left standing under this one's name
      this.#fill();
      this.#load();
    };
    const buttons = WINDOWS.map((days) =>
      element(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-pressed": String(days === this.days),
          onclick: () => choose(days),
        },
        say("hub.days", { count: days }),
      ),
    );
    return element("div", { class: "rates-head" }, element("h2", {}, say("hub.rates")), buttons);
  }

  #tableHead() {
    const search = element("input", { class: "field", type: "search", placeholder: say("hub.find_workshop"), "aria-label": say("hub.find_workshop") });
    search.value = this.filter;
    search.addEventListener("input", () => {
      this.filter = search.value;
      find("#rates table").replaceWith(this.#table());
    });
    return element(
      "div",
      { class: "table-head" },
      element("div", {}, element("h2", {}, say("hub.workshops")), element("p", { class: "quiet" }, say("hub.rates.how"))),
      search,
    );
  }

  #table() {
    const wanted = this.filter.trim().toLowerCase();
    const rows = this.rows
      .map((rate) => ({ rate, ...this.#named(rate.microfactory) }))
      .filter(({ name, place }) => `${name} ${place}`.toLowerCase().includes(wanted))
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ rate, name, place }) => workshopRow(rate, name, place, this.network.pass_rate));
    const none = element("tr", {}, element("td", { colspan: 6, class: "quiet" }, say("hub.no_workshop")));
    const axis = element("span", { class: "axis", "aria-hidden": "true" }, ...["0", "50", "100 %"].map((text) => element("span", {}, text)));
    const heads = [
      element("th", { scope: "col" }, say("hub.workshop")),
      element("th", { scope: "col", class: "numeral" }, say("hub.passed_of_decided")),
      element("th", { scope: "col", class: "numeral" }, say("hub.share")),
      element("th", { scope: "col", class: "span" }, say("hub.rates.span"), axis),
      element("th", { scope: "col", class: "numeral" }, say("hub.head.interval")),
      element("th", { scope: "col", class: "numeral" }, say("hub.rates.pending")),
    ];
    return element(
      "table",
      {},
      element("thead", {}, element("tr", {}, heads)),
      element("tbody", {}, rows.length ? rows : none),
    );
  }

  #named(id) {
    const { name = id, place = "" } = this.house.workshops.get(id) ?? {};
    return { name, place };
  }
}

function networkCard(rate) {
  const { pass_rate: share, interval, pieces_decided: decided, pieces_passed: passed } = rate;
  const between = interval
    ? say("hub.glance.sure", { between: say("hub.rates.between", { low: percent(interval[0], 1), high: percent(interval[1], 1) }) })
    : say("hub.glance.none");
  return element(
    "section",
    { class: "network", "aria-label": say("hub.glance") },
    cell(say("hub.numbers.whole"), percent(share, 1), between, say("hub.glance.of", { passed, decided })),
    cell(say("hub.rates.uncounted"), sayNumber(rate.pieces_pending), say("hub.rates.wait")),
    cell(say("hub.rates.first"), percent(rate.first_pass_yield, 1), say("hub.glance.tries", { count: rate.first_pass_decided })),
    cell(say("hub.rates.retakes"), sayNumber(rate.retakes), say("hub.rates.no_mark")),
  );
}

function cell(title, figure, ...lines) {
  const more = lines.map((line) => element("p", { class: "quiet" }, line));
  return element("div", {}, element("h3", {}, title), element("p", { class: "big" }, figure), more);
}

function workshopRow(rate, name, place, networkShare) {
  const { pass_rate: share, interval, pieces_decided: decided, pieces_passed: passed } = rate;
  const [low, high] = interval ?? [];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name, place && element("small", {}, place)),
    element("td", { class: "numeral" }, decided ? say("hub.passed.of", { passed, decided }) : say("hub.none_yet")),
    element("td", { class: "numeral" }, percent(share)),
    element("td", { class: "span" }, interval ? intervalBar(low, high, share, networkShare) : ""),
    element("td", { class: "numeral" }, interval ? `${percent(low)} – ${percent(high)}` : "–"),
    element("td", { class: "numeral" }, sayNumber(rate.pieces_pending)),
  );
}

function intervalBar(low, high, share, networkShare) {
  const at = (value) => ({ x1: 100 * value, x2: 100 * value });
  return svg(
    "svg",
    { viewBox: "0 0 100 18", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("line", { class: "track", x1: 0, x2: 100, y1: 9, y2: 9 }),
    svg("rect", { class: "range", x: 100 * low, y: 4, width: 100 * (high - low), height: 10 }),
    networkShare !== null && svg("line", { class: "all", ...at(networkShare), y1: 0, y2: 18 }),
    svg("line", { class: "share", ...at(share), y1: 2, y2: 16 }),
  );
}
