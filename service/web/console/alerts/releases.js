// Does the release still see what it saw? Its scores by week beside its first weeks, and what it passed and people
// would not have.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { firstDay, whoseDays } from "../days.js";
import { Figure } from "../numbers/figure.js";
import { percent } from "../page.js";
import { table } from "../section.js";

const DAYS = 182;
const numeral = (words) => element("td", { class: "numeral" }, words);

export class Releases {
  constructor(page) {
    this.page = page;
  }

  async open(ways) {
    const { page } = this;
    page.show(say("hub.alerts.releases"), {}, ways, element("p", { class: "quiet", role: "status" }, say("hub.numbers.loading")));
    await page.attempt(async () => {
      const scores = await this.#ask("score-drift", { since: firstDay(this.page.house, DAYS) });
      if (scores === null) return page.show(say("hub.alerts.releases"), {}, ways, element("p", { class: "part quiet" }, say("hub.drift.none")));
      const misses = await this.#ask("misses", {});
      return page.show(say("hub.alerts.releases"), {}, ways, whoseDays(page.house), this.#scores(scores), this.#misses(misses));
    });
  }

  /** Null where no release has judged anything. */
  async #ask(name, more) {
    try {
      return await this.page.api.get(`/v1/numbers/${name}?${new URLSearchParams(more)}`);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  #figure(name, words, more) {
    return new Figure(this.page.api, this.page.failed, { name, path: (what, extra = {}) => `/v1/numbers/${name}${what}?${new URLSearchParams({ ...more, ...extra })}`, ...words });
  }

  #scores(answer) {
    const { release, reference_since: first, reference_until: last, reference_photos: photos, fewest } = answer;
    const told = say("hub.drift.scores_of", { release, since: first, until: last, photos, fewest });
    const rows = [...answer.items].reverse().map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.week),
        element("td", {}, one.what === "highest" ? say("hub.alert.highest") : say(`defect.${one.what}`, {}, one.what)),
        numeral(sayNumber(one.photos)),
        numeral(one.distance === null ? "–" : percent(one.distance, 1)),
        numeral(one.index === null ? "–" : one.index.toFixed(2)),
        numeral(one.q === null ? "–" : one.q.toFixed(3)),
        element("td", {}, one.drifted ? say("hub.drift.drifted") : ""),
      ),
    );
    const heads = ["hub.head.week", "hub.drift.what", "hub.drift.photos", "hub.drift.distance", "hub.drift.index", "hub.drift.q", "hub.head.signals"];
    const words = { title: say("hub.drift.scores"), define: [say("hub.drift.scores_about"), told] };
    const chart = answer.items.some(({ distance }) => distance !== null);
    return this.#figure("score-drift", words, { since: firstDay(this.page.house, DAYS) }).show(table(words.title, heads.map((key) => say(key)), rows, say("hub.numbers.none")), { chart });
  }

  #misses(answer) {
    const rows = [...answer.items].reverse().map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.week),
        numeral(sayNumber(one.looked_at)),
        numeral(sayNumber(one.escaped)),
        numeral(percent(one.share, 1)),
        numeral(`${percent(one.low, 1)} – ${percent(one.high, 1)}`),
      ),
    );
    const heads = ["hub.head.week", "hub.drift.looked_at", "hub.drift.escaped", "hub.head.share", "hub.drift.bound"];
    const define = [say("hub.drift.misses_about", { most: percent(answer.most, 0) }), answer.exceeded && say("hub.drift.exceeded")].filter(Boolean);
    const words = { title: say("hub.drift.misses"), define };
    return this.#figure("misses", words, {}).show(table(words.title, heads.map((key) => say(key)), rows, say("hub.numbers.none")), { chart: answer.items.length > 0 });
  }
}
