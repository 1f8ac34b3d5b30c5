// Workshops: who makes the pieces. The list, a page for each, and a table of many at once.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { input, labelled, Page } from "../page.js";
import { importDialog } from "./importing.js";
import { loadWorkshops } from "./known.js";
import { WorkshopPage } from "./workshop.js";

const CODE = { pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", required: true, spellcheck: "false", placeholder: "mf-kibera-01" };

export class Workshops {
  constructor(api, house, failed) {
    this.page = new Page("workshops", { api, house, failed });
    this.workshop = new WorkshopPage(this.page);
    Object.assign(this, { api, house, failed, wanted: "", closedToo: false });
  }

  async open(rest) {
    this.page.say();
    await this.page.attempt(() => loadWorkshops(this.api, this.house));
    if (rest) return this.workshop.open(rest);
    return this.#list();
  }

  #list() {
    const admin = this.page.may("admin");
    const bring = admin && element("button", { class: "button small", type: "button", onclick: () => this.#import() }, say("hub.import_table"));
    this.table = element("div", {});
    this.#fill();
    this.page.show(say("hub.workshops"), { tools: [bring].filter(Boolean) }, admin && this.#form(), this.#finder(), this.table);
  }

  #form() {
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.add_workshop") },
      element("h3", {}, say("hub.add_workshop")),
      labelled(say("hub.code"), input("id", "", CODE)),
      labelled(say("hub.name"), input("name", "", { required: true, maxlength: 120 })),
      labelled(say("hub.place"), input("place", "", { required: true, maxlength: 120 })),
      element("div", { class: "page-buttons" }, element("button", { class: "button main" }, say("hub.add"))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add(form, Object.fromEntries(new FormData(form)));
    });
    return form;
  }

  async #add(form, { id, name, place }) {
    const code = id.trim();
    if (this.house.workshops.has(code)) return this.page.fail(say("hub.code_taken", { id: code }));
    const body = { name: name.trim(), place: place.trim() };
    const done = await this.page.attempt(async () => {
      await this.api.put(`/v1/microfactories/${encodeURIComponent(code)}`, body);
      await loadWorkshops(this.api, this.house);
    });
    if (!done) return null;
    form.reset();
    this.#fill();
    return this.page.say(say("hub.workshop_added", { name: body.name }), " ", element("a", { href: `#workshops/${code}` }, say("hub.enrol_its_phone")));
  }

  async #import() {
    const told = await importDialog(this.api, this.failed);
    if (!told) return;
    await this.page.attempt(() => loadWorkshops(this.api, this.house), told);
    this.#fill();
  }

  #finder() {
    const search = input("find", this.wanted, { type: "search", placeholder: say("hub.find_workshop"), "aria-label": say("hub.find_workshop") });
    search.addEventListener("input", () => {
      this.wanted = search.value;
      this.#fill();
    });
    const closed = element("input", { type: "checkbox" });
    closed.checked = this.closedToo;
    closed.addEventListener("change", () => {
      this.closedToo = closed.checked;
      this.#fill();
    });
    return element("div", { class: "finder" }, search, element("label", { class: "check" }, closed, say("hub.closed_too")));
  }

  #fill() {
    const wanted = this.wanted.trim().toLowerCase();
    const rows = [...this.house.workshops.values()]
      .filter(({ id, name, place }) => `${id} ${name} ${place}`.toLowerCase().includes(wanted))
      .filter(({ closed_at: at }) => this.closedToo || !at)
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ id, name, place, closed_at: at }) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, element("a", { href: `#workshops/${id}` }, name)),
          element("td", {}, place),
          element("td", { class: "quiet" }, id),
          element("td", { class: "quiet" }, at ? say("hub.closed") : ""),
        ),
      );
    const heads = [say("hub.workshop"), say("hub.place"), say("hub.code"), ""];
    const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.no_workshop")));
    this.table.replaceChildren(
      element(
        "table",
        { class: "cards", "aria-label": say("hub.workshops") },
        element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, rows.length ? rows : none),
      ),
    );
  }
}
