// The network on one page: today, what waits for people, the pass rate, open orders, and the report of a month.

import { element } from "../../shared/dom.js";
import { say, sayDay, sayNumber } from "../../shared/words.js";
import { whoseDays } from "../days.js";
import { sayAgo } from "../ago.js";
import { Page } from "../page.js";
import { filled, lotsPart, reportPart, timePart } from "./overview.js";

/** What stands on the page, from the top; each fills itself, and what fails of one leaves the others. */
const PARTS = [todayPart, loadPart, (page) => timePart(page, ""), (page) => lotsPart(page), (page) => reportPart(page)];

export class Network {
  constructor(api, house, failed) {
    this.page = new Page("network", { api, house, failed });
  }

  async open() {
    const print = element("button", { class: "button small", type: "button", onclick: () => window.print() }, say("hub.numbers.print"));
    this.page.network = this.page.api.get("/v1/network");
    this.page.show(say("hub.network"), { tools: [print] }, whoseDays(this.page.house), ...PARTS.map((part) => part(this.page)));
  }
}

function todayPart(page) {
  return filled(element("section", { "aria-label": say("hub.network.today") }), page, async () => {
    const today = await page.network;
    return [
      element("h3", {}, say("hub.network.day", { day: sayDay(today.day) })),
      element(
        "div",
        { class: "glance" },
        cell("hub.network.pieces", today.pieces, say("hub.network.workshops", { count: today.workshops })),
        cell("hub.network.good", today.passed, say("hub.network.retakes", { count: today.retakes })),
        cell("hub.network.wait", today.pending, say("hub.glance.uncounted")),
        cell("hub.network.lots_open", today.lots_open),
      ),
    ];
  });
}

function loadPart(page) {
  return filled(element("section", { "aria-label": say("hub.network.load") }), page, async () => {
    const { load } = await page.network;
    const keeps = load.decided_a_day >= load.came_a_day ? "hub.network.keeps_up" : "hub.network.falls_behind";
    const oldest = load.oldest_at ? say("hub.network.oldest", { ago: sayAgo(load.oldest_at) }) : say("hub.network.none_waits");
    return [
      element("h3", {}, say("hub.network.load")),
      element(
        "div",
        { class: "glance" },
        cell("hub.network.waiting", load.waiting, oldest, say("hub.network.contested", { count: load.contested })),
        cell("hub.network.under_a_day", load.under_a_day),
        cell("hub.network.days", load.one_to_three_days),
        cell("hub.network.over", load.over_three_days),
      ),
      element("p", {}, say("hub.network.a_day", { came: load.came_a_day.toFixed(1), decided: load.decided_a_day.toFixed(1) }), " ", say(keeps)),
    ];
  });
}

function cell(key, figure, ...lines) {
  return element("div", {}, element("h4", {}, say(key)), element("p", { class: "big" }, sayNumber(figure)), lines.map((line) => element("p", { class: "quiet" }, line)));
}
