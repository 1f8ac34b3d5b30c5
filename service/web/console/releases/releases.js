// Releases: which network serves, which wait, how two of them compare, and how one becomes champion.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { choice, labelled, Page, part } from "../page.js";
import { Differences } from "./differences.js";
import { figuresBeside } from "./figures.js";
import { ReleasePage } from "./release.js";
import { ALIASES, askPromotion, askRollback } from "./promotion.js";

const CHANGERS = ["engineer", "admin"];

export class Releases {
  constructor(api, house, failed) {
    this.page = new Page("releases", { api, house, failed });
    this.release = new ReleasePage(this.page);
    this.differences = new Differences(this.page);
    Object.assign(this, { api, house, failed });
  }

  async open(rest) {
    this.page.say();
    const [name, part] = rest.split("/");
    if (part === "differences") return this.differences.open(name);
    if (name) return this.release.open(name);
    return this.#load();
  }

  async #load(done = "") {
    if (this.page.root.childElementCount === 0) this.page.show(say("hub.releases"), {});
    await this.page.attempt(async () => {
      this.#fill(await this.api.get("/v1/releases"));
    }, done);
  }

  #fill(found) {
    const { items, champion, returns_to: before } = found;
    const changes = this.page.may(...CHANGERS);
    const back = changes && before && element("button", { class: "button small", type: "button", onclick: () => this.#rollBack(found) }, say("hub.roll_back"));
    const heads = [say("hub.release"), say("hub.is_now"), say("hub.made"), ""];
    const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.no_release")));
    const rows = items.map((one) => this.#row(one, found, changes));
    this.page.show(
      say("hub.releases"),
      { tools: [back].filter(Boolean) },
      this.#serving(found),
      element(
        "table",
        { class: "cards", "aria-label": say("hub.releases") },
        element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, rows.length ? rows : none),
      ),
      items.length > 1 && this.#compared(items, champion),
      found.history.length > 0 && this.#history(found.history),
    );
  }

  #serving({ serving, champion, fault }) {
    const words = serving ? say("hub.serves_now", { name: serving }) : say("hub.none_serves");
    const late = champion && serving !== champion && say("hub.serves_soon", { name: champion });
    return element("div", {}, element("p", {}, [words, late].filter(Boolean).join(" ")), fault && element("p", { class: "notice" }, fault));
  }

  #row({ name, aliases, created_at: made, fault }, found, changes) {
    const promote = () => this.#promote(name, found);
    const may = changes && !fault && found.champion !== name;
    const label = say("hub.promote_name", { name });
    const button = may && element("button", { class: "button small", type: "button", "aria-label": label, onclick: promote }, say("hub.promote"));
    const marks = aliases.map((alias) => element("span", { class: `state-mark ${alias === "champion" ? "passed" : ""}` }, say(ALIASES[alias])));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, fault ? name : element("a", { href: `#releases/${name}` }, name)),
      element("td", {}, marks, fault && element("small", { class: "lacking" }, fault)),
      element("td", { class: "quiet" }, made ? sayTime(made) : ""),
      element("td", { class: "act" }, button),
    );
  }

  /** Two of them, the champion on the left at first. */
  #compared(items, champion) {
    const good = items.filter(({ fault }) => !fault).map(({ name }) => name);
    const left = choice("left", champion ?? good[0], good.map((name) => [name, name]));
    const right = choice("right", good.findLast((name) => name !== left.value) ?? good[0], good.map((name) => [name, name]));
    const body = element("div", { class: "beside-figures" });
    const fill = async () => {
      const asked = (this.asked = [left.value, right.value]);
      await this.page.attempt(async () => {
        const both = await Promise.all(asked.map((name) => this.api.get(`/v1/releases/${encodeURIComponent(name)}`)));
        if (this.asked === asked) body.replaceChildren(figuresBeside(...both));
      });
    };
    left.addEventListener("change", fill);
    right.addEventListener("change", fill);
    void fill();
    const choices = element("div", { class: "two-choices" }, labelled(say("hub.left"), left), labelled(say("hub.right"), right));
    return part(say("hub.side_by_side"), element("p", { class: "quiet" }, say("hub.figures_about")), choices, body);
  }

  #history(history) {
    const lines = history.map(({ at, alias, release, before, why, forced, failed_gates: failed }) =>
      element(
        "li",
        {},
        element("strong", {}, say("hub.became", { release, alias: say(ALIASES[alias]), before: before ?? "–" })),
        element("span", { class: "quiet" }, ` ${sayTime(at)}: ${why}`),
        forced && element("p", { class: "lacking" }, say("hub.forced_past", { gates: failed.join("; ") || "–" })),
      ),
    );
    return part(say("hub.who_replaced_whom"), element("ol", { class: "events" }, lines));
  }

  async #promote(name, found) {
    const told = await askPromotion(name, found, this.api, this.failed);
    await this.#load(told ?? "");
  }

  async #rollBack(found) {
    const told = await askRollback(found, this.api, this.failed);
    await this.#load(told ?? "");
  }
}
