// People: one's own log-in, the phones of every workshop, and for admins staff, programs and the record of rights.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { Phones } from "./phones.js";
import { Programs } from "./programs.js";
import { Rights } from "./rights.js";
import { Staff } from "./staff.js";
import { You } from "./you.js";

export class People {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.sections = [];
  }

  async open() {
    const { role } = this.house.me;
    const told = { api: this.api, house: this.house, failed: this.failed, changed: () => this.#reload() };
    const kinds = [
      You,
      (role === "reviewer" || role === "admin") && Phones,
      role === "admin" && Staff,
      role === "admin" && Programs,
      role === "admin" && Rights,
    ];
    this.sections = kinds.filter(Boolean).map((Section) => new Section(told));
    find("#people").replaceChildren(
      element("h2", { class: "people-title" }, say("hub.people")),
      ...this.sections.map(({ root }) => root),
    );
    await this.#reload();
  }

  async #reload() {
    await Promise.all(this.sections.map((section) => section.load()));
  }
}
