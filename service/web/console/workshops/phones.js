// The phones of one workshop: enrolled by a QR, revoked once a person was asked again.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { part } from "../page.js";
import { invite } from "../people/invite.js";
import { timeOr } from "../section.js";

export class PhonesPart {
  constructor(page, workshop) {
    Object.assign(this, { page, api: page.api, workshop });
    this.body = element("div", {});
    const enrol = !workshop.closed_at && element("button", { class: "button main", type: "button", onclick: () => this.#enrol() }, say("hub.enrol_phone"));
    this.root = part(say("hub.phones"), this.body, enrol);
  }

  async load() {
    await this.page.attempt(async () => {
      const { items } = await this.api.list(`/v1/tokens?microfactory=${this.workshop.id}`);
      const now = items.filter(({ role, revoked_at: at }) => role === "artisan" && !at);
      const before = items.filter(({ role, revoked_at: at }) => role === "artisan" && at);
      const none = element("p", { class: "lacking" }, say("hub.no_phone"));
      this.body.replaceChildren(now.length ? this.#table(now) : none, before.length ? this.#before(before) : "");
    });
  }

  #table(phones) {
    const heads = [say("hub.phone"), say("hub.since"), say("hub.last_use"), ""];
    const rows = phones.map((phone) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, phone.label),
        element("td", {}, timeOr(phone.created_at)),
        element("td", {}, timeOr(phone.last_used_at, say("hub.never"))),
        element("td", { class: "act" }, this.#revokeButton(phone)),
      ),
    );
    return element(
      "table",
      { class: "cards", "aria-label": say("hub.phones") },
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows),
    );
  }

  #revokeButton(phone) {
    const name = say("hub.revoke_phone", { label: phone.label });
    return element("button", { class: "button small danger", type: "button", "aria-label": name, onclick: () => this.#revoke(phone) }, say("hub.revoke"));
  }

  #before(phones) {
    const lines = phones.map(({ label, revoked_at: at }) => element("li", { class: "quiet" }, `${label}, ${timeOr(at)}`));
    return element("details", {}, element("summary", {}, say("hub.revoked_before", { count: phones.length })), element("ul", {}, lines));
  }

  async #revoke({ id, label }) {
    const question = { title: say("hub.revoke_question"), whom: label, where: this.workshop.name, about: say("hub.revoke_about"), act: say("hub.revoke_it") };
    if (!(await asked(question))) return;
    if (await this.page.attempt(() => this.api.send("DELETE", `/v1/tokens/${id}`))) {
      await this.load();
      this.page.say(say("hub.phone_revoked", { label }));
    }
  }

  async #enrol() {
    const { id, name } = this.workshop;
    await invite({ api: this.api, failed: this.page.failed, microfactory: id, workshop: name, label: "" });
    await this.load();
  }
}
