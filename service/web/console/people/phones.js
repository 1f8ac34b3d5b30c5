// The phones of every workshop, each with its last use: a lost one is revoked, a new one comes by a QR.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { deletePhone } from "../piece/delete.js";
import { invite } from "./invite.js";
import { Section, small, table, timeOr } from "../section.js";

const SHOWN = 40;

export class Phones extends Section {
  constructor(told) {
    const search = element("input", {
      class: "field",
      type: "search",
      placeholder: say("hub.phones.find"),
      "aria-label": say("hub.phones.find"),
    });
    const revoked = element("input", { type: "checkbox" });
    const title = say("hub.phones.title");
    super(told, title, say("hub.phones.about"), element("label", { class: "check" }, revoked, say("hub.phones.revoked")), search);
    Object.assign(this, { search, revoked, phones: [], most: SHOWN });
    search.addEventListener("input", () => this.#fill());
    revoked.addEventListener("change", () => this.#fill());
  }

  async load() {
    await this.attempt(async () => {
      const { items } = await this.api.list("/v1/tokens");
      this.phones = items.filter(({ role }) => role === "artisan");
      this.#fill();
    });
  }

  #fill() {
    const found = this.#found();
    const rows = found.slice(0, this.most).flatMap(({ id, name, place, phones }) => [
      element(
        "tr",
        { class: "group" },
        element("th", { scope: "rowgroup", colspan: 3 }, name, element("small", {}, place)),
        element("td", { class: "act" }, !this.house.workshops.get(id).closed_at && small(say("hub.enrol_phone"), () => this.#enrol(id), { "aria-label": say("hub.phones.enrol", { workshop: name }) })),
      ),
      ...phones.map((phone) => this.#row(phone, name)),
    ]);
    const more = found.length > this.most && small(say("hub.phones.all", { count: found.length }), () => {
      this.most = Infinity;
      this.#fill();
    });
    const heads = [say("hub.phone"), say("hub.since"), say("hub.last_use"), ""];
    this.body.replaceChildren(...[table(say("hub.phones.title"), heads, rows, say("hub.phones.none")), more].filter(Boolean));
  }

  /** Workshops by name, with their phones; all of a workshop whose name was asked for. */
  #found() {
    const wanted = this.search.value.trim().toLowerCase();
    const has = (text) => text.toLowerCase().includes(wanted);
    const shown = this.phones.filter(({ revoked_at: at }) => this.revoked.checked || !at);
    return [...this.house.workshops.values()]
      .filter(({ id, closed_at: closed }) => !closed || shown.some(({ microfactory }) => microfactory === id))
      .map(({ id, name, place }) => {
        const phones = shown.filter(({ microfactory }) => microfactory === id);
        const whole = has(`${name} ${place} ${id}`);
        return { id, name, place, phones: whole ? phones : phones.filter(({ label }) => has(label)), whole };
      })
      .filter(({ phones, whole }) => whole || phones.length > 0)
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  #row(phone, workshop) {
    const { label, revoked_at: revoked } = phone;
    const act = revoked
      ? element("span", { class: "quiet" }, say("hub.phones.revoked_at", { time: timeOr(revoked) }))
      : small(say("hub.revoke"), () => this.#revoke(phone, workshop), {
          class: "button small danger",
          "aria-label": say("hub.phones.revoke", { label, workshop }),
        });
    return element(
      "tr",
      { class: revoked ? "over" : null },
      element("th", { scope: "row" }, label),
      element("td", {}, timeOr(phone.created_at)),
      element("td", {}, timeOr(phone.last_used_at, say("hub.never"))),
      element("td", { class: "act" }, act, this.house.me.role === "admin" && this.#deleteAll(phone, workshop)),
    );
  }

  /** Also of a revoked one. */
  #deleteAll(phone, workshop) {
    const onclick = () =>
      this.attempt(async () => {
        const told = await deletePhone(phone, workshop, this.api);
        if (!told) return;
        this.say(told);
        await this.changed();
      });
    const name = say("hub.phones.delete_of", { label: phone.label, workshop });
    return small(say("hub.phones.delete"), onclick, { class: "button small danger", "aria-label": name });
  }

  async #revoke({ id, label, microfactory }, workshop) {
    const question = { title: say("hub.revoke_question"), about: say("hub.revoke_about"), act: say("hub.revoke_it") };
    if (!(await asked({ ...question, whom: label, where: workshop }))) return;
    const done = await this.attempt(() => this.api.send("DELETE", `/v1/tokens/${id}`));
    if (!done) return;
    this.say(
      element("strong", {}, `${say("hub.phones.is_revoked", { label, workshop })} `),
      `${say("hub.phones.from_now")} `,
      small(say("hub.phones.anew"), () => this.#enrol(microfactory, label)),
    );
    await this.changed();
  }

  async #enrol(microfactory, label = "") {
    this.say();
    await invite({ api: this.api, failed: this.failed, microfactory, workshop: this.workshop(microfactory), label });
    await this.changed();
  }
}
