// The phones of every workshop, each with its last use: a lost one is revoked, a new one comes by a QR.

import { element } from "../../shared/dom.js";
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
      placeholder: "Find a workshop or phone",
      "aria-label": "Find a workshop or phone",
    });
    const revoked = element("input", { type: "checkbox" });
    const about = "A lost phone is revoked at once; what it sent stays. A new one opens a QR, and needs no password.";
    super(told, "Phones", about, element("label", { class: "check" }, revoked, "Revoked ones too"), search);
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
        element("td", { class: "act" }, small("Enrol a phone", () => this.#enrol(id), { "aria-label": `Enrol a phone of ${name}` })),
      ),
      ...phones.map((phone) => this.#row(phone, name)),
    ]);
    const more = found.length > this.most && small(`Show all ${found.length} workshops`, () => {
      this.most = Infinity;
      this.#fill();
    });
    const heads = ["Phone", "Since", "Last use", ""];
    const none = "No workshop or phone of this name.";
    this.body.replaceChildren(...[table("Phones", heads, rows, none), more].filter(Boolean));
  }

  /** Workshops by name, with their phones; all of a workshop whose name was asked for. */
  #found() {
    const wanted = this.search.value.trim().toLowerCase();
    const has = (text) => text.toLowerCase().includes(wanted);
    const shown = this.phones.filter(({ revoked_at: at }) => this.revoked.checked || !at);
    return [...this.house.workshops.values()]
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
      ? element("span", { class: "quiet" }, `revoked ${timeOr(revoked)}`)
      : small("Revoke", () => this.#revoke(phone, workshop), {
          class: "button small danger",
          "aria-label": `Revoke ${label} of ${workshop}`,
        });
    return element(
      "tr",
      { class: revoked ? "over" : null },
      element("th", { scope: "row" }, label),
      element("td", {}, timeOr(phone.created_at)),
      element("td", {}, timeOr(phone.last_used_at, "never")),
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
    const name = `Delete everything that ${phone.label} of ${workshop} sent`;
    return small("Delete its photos …", onclick, { class: "button small danger", "aria-label": name });
  }

  async #revoke({ id, label, microfactory }, workshop) {
    const about = "It can send and see nothing from then on. What it has sent stays; photos that still wait on it go once it is enrolled anew.";
    if (!(await asked({ title: "Revoke this phone?", whom: label, where: workshop, about, act: "Revoke it" }))) return;
    const done = await this.attempt(() => this.api.send("DELETE", `/v1/tokens/${id}`));
    if (!done) return;
    this.say(
      element("strong", {}, `Revoked: ${label}, ${workshop}. `),
      "It can send and see nothing from now on. ",
      small("Enrol it anew", () => this.#enrol(microfactory, label)),
    );
    await this.changed();
  }

  async #enrol(microfactory, label = "") {
    this.say();
    await invite({ api: this.api, failed: this.failed, microfactory, workshop: this.workshop(microfactory), label });
    await this.changed();
  }
}
