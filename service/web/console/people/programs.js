// Tokens that no phone has: of scripts, and of links that staff were given. For admins.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { Section, small, table, timeOr } from "../section.js";

export class Programs extends Section {
  constructor(told) {
    super(told, say("hub.programs"), say("hub.programs.about"));
  }

  async load() {
    await this.attempt(async () => {
      const { items } = await this.api.list("/v1/tokens");
      const present = items.filter(({ role, revoked_at: revoked }) => role !== "artisan" && !revoked);
      const rows = present.map((token) => this.#row(token));
      const heads = [say("hub.name"), say("hub.role"), say("hub.since"), say("hub.last_use"), ""];
      this.body.replaceChildren(table(say("hub.programs"), heads, rows, say("hub.programs.none")));
    });
  }

  #row({ id, label, role: name, created_at: since, last_used_at: last }) {
    const role = say(`hub.role.${name}`, {}, name);
    const revoke = async () => {
      const question = { title: say("hub.programs.revoke"), about: say("hub.programs.revoke_about"), act: say("hub.revoke_it") };
      if (!(await asked({ ...question, whom: label, where: role }))) return;
      const done = await this.attempt(() => this.api.send("DELETE", `/v1/tokens/${id}`));
      if (!done) return;
      this.say(say("hub.phone_revoked", { label }));
      await this.changed();
    };
    const more = { class: "button small danger", "aria-label": say("hub.revoke_phone", { label }) };
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      element("td", {}, role),
      element("td", {}, timeOr(since)),
      element("td", {}, timeOr(last, say("hub.never"))),
      element("td", { class: "act" }, small(say("hub.revoke"), revoke, more)),
    );
  }
}
