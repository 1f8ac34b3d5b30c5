// One release: its promise, its figures, and its card.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { facts, part } from "../page.js";
import { cardParts } from "./card.js";
import { onOwnPhotos } from "./differences.js";
import { figuresBeside } from "./figures.js";

/** What people set over its own thresholds; where its promise does not hold under them, that is said first. */
function thresholdsSet(set) {
  const changed = Object.entries(set.thresholds).map(([name, value]) => `${say(`defect.${name}`, {}, name)}: ${value.toPrecision(3)}`);
  return part(
    say("hub.thresholds"),
    !set.holds && element("p", { class: "notice" }, say("hub.threshold.broken")),
    element("p", {}, say("hub.threshold.set_by", { number: String(set.number), name: set.by, time: sayTime(set.at) }), " ", set.why),
    element("p", { class: "quiet" }, changed.join("; ") || say("hub.threshold.all_own"), " ", element("a", { href: "#costs" }, say("hub.costs"))),
  );
}

export class ReleasePage {
  constructor(page) {
    Object.assign(this, { page, api: page.api });
  }

  async open(name) {
    const back = ["#releases", say("hub.releases")];
    this.page.show(name, { back });
    await this.page.attempt(async () => {
      const path = `/v1/releases/${encodeURIComponent(name)}`;
      const [found, card, rescored] = await Promise.all([this.api.get(path), this.#card(path), this.api.get(`${path}/rescores`)]);
      if (location.hash !== `#releases/${name}`) return; // another page is looked at by now
      this.page.show(
        found.name,
        { back },
        part(
          say("hub.what_it_is"),
          facts(
            [say("hub.version"), found.version],
            [say("hub.made"), sayTime(found.created_at)],
            [say("hub.learnt_from"), say("hub.photos_of_pieces", { name: found.dataset, photos: found.photos, pieces: found.pieces })],
          ),
          element("p", {}, found.promise),
        ),
        found.thresholds_set && thresholdsSet(found.thresholds_set),
        part(say("hub.its_figures"), figuresBeside(found)),
        onOwnPhotos(rescored),
        card && part(say("hub.its_card"), element("div", { class: "card-text", lang: "en" }, cardParts(card))),
      );
    });
  }

  /** Its text; null where it has none. */
  async #card(path) {
    try {
      return await (await this.api.ask(`${path}/card`)).text();
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }
}
