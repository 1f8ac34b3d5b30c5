// Tokens that no phone has: of scripts, and of links that staff were given. For admins.

import { element } from "../../shared/dom.js";
import { asked } from "../ask.js";
import { Section, small, table, timeOr } from "../section.js";

export class Programs extends Section {
  constructor(told) {
    super(told, "Programs", "Tokens of scripts and links. People log in by name; a token that nobody needs is better revoked.");
  }

  async load() {
    await this.attempt(async () => {
      const { items } = await this.api.list("/v1/tokens");
      const present = items.filter(({ role, revoked_at: revoked }) => role !== "artisan" && !revoked);
      const rows = present.map((token) => this.#row(token));
      this.body.replaceChildren(table("Programs", ["Name", "Role", "Since", "Last use", ""], rows, "There is none."));
    });
  }

  #row({ id, label, role, created_at: since, last_used_at: last }) {
    const revoke = async () => {
      const about = "Whatever uses it is refused from the next request on. A revoked token cannot be had back.";
      if (!(await asked({ title: "Revoke this token?", whom: label, where: role, about, act: "Revoke it" }))) return;
      const done = await this.attempt(() => this.api.send("DELETE", `/v1/tokens/${id}`));
      if (!done) return;
      this.say(`Revoked: ${label}.`);
      await this.changed();
    };
    const more = { class: "button small danger", "aria-label": `Revoke ${label}` };
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      element("td", {}, role),
      element("td", {}, timeOr(since)),
      element("td", {}, timeOr(last, "never")),
      element("td", { class: "act" }, small("Revoke", revoke, more)),
    );
  }
}
