// Accepted pieces that stand for a design beside its approved photos, and those that stood for it once.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { asked } from "../ask.js";
import { part, thumb } from "../page.js";

export class AcceptedPart {
  constructor(page, design, keeps) {
    Object.assign(this, { page, api: page.api, design, keeps, cursor: null });
    this.body = element("div", {});
    const add = element("a", { href: `#pieces/design=${design.id}&status=accepted` }, say("hub.choose_accepted"));
    this.root = part(say("hub.accepted_pieces"), element("p", { class: "quiet" }, say("hub.accepted_how"), " ", keeps && add), this.body);
  }

  async load() {
    await this.page.attempt(async () => {
      const { items } = await this.api.list(`/v1/designs/${this.design.id}/accepted?limit=200`);
      const now = items.filter(({ removed }) => !removed);
      const before = items.filter(({ removed }) => removed);
      const none = element("p", { class: "quiet" }, say("hub.none_stands"));
      this.body.replaceChildren(
        now.length ? element("ul", { class: "standing" }, now.map((one) => this.#row(one))) : none,
        before.length ? this.#before(before) : "",
      );
    });
  }

  #row(one) {
    const { inspection, photos, added, verdicts } = one;
    const away = this.keeps && element("button", { class: "button small danger", type: "button", onclick: () => this.#take(one) }, say("hub.take_away"));
    return element(
      "li",
      {},
      element("span", { class: "thumbs" }, photos.map((url) => thumb(this.api, `${url}?width=160`))),
      element("a", { href: `#pieces/${inspection}` }, this.#workshop(one)),
      element("span", { class: "quiet" }, say("hub.added_by", { by: added.by, at: sayTime(added.at), count: verdicts.count })),
      away,
    );
  }

  #before(items) {
    const lines = items.map((one) =>
      element(
        "li",
        {},
        element("a", { href: `#pieces/${one.inspection}` }, this.#workshop(one)),
        element("span", { class: "quiet" }, ` ${sayTime(one.removed.at)}, ${one.removed.by}: ${one.removed.detail ?? say("hub.taken_away")}`),
      ),
    );
    return element("details", {}, element("summary", {}, say("hub.stood_before", { count: items.length })), element("ul", { class: "stood" }, lines));
  }

  #workshop({ microfactory }) {
    return this.page.house.workshops.get(microfactory)?.name ?? microfactory;
  }

  async #take(one) {
    const question = { title: say("hub.take_away_title"), whom: this.design.name, where: this.#workshop(one), about: say("hub.take_away_about"), act: say("hub.take_away") };
    if (!(await asked(question))) return;
    const path = `/v1/designs/${this.design.id}/accepted/${one.inspection}`;
    if (await this.page.attempt(() => this.api.send("DELETE", path))) {
      await this.load();
      this.page.say(say("hub.stands_no_longer"));
    }
  }
}
