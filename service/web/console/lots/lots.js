// Lots: open one for a workshop, see how far each is, change it, close it. A number that is taken, or an order that
// somebody else changed meanwhile, is shown before anything of it is replaced.

import { element, find } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { sayAgo } from "../ago.js";
import { openOnes, viewBoxes } from "../page.js";
import { LotPage } from "./lot.js";
import { lotSentence, lotTable, workshopName } from "./told.js";
import { packingButtons } from "./packing.js";
import { Sample } from "./sample.js";

const PAGE = 200;
const FOUND = { "lot-taken": "hub.lots.taken", "lot-unseen": "hub.lots.unseen" };

export class Lots {
  constructor(api, house, failed, live) {
    Object.assign(this, { api, house, failed });
    this.lot = new LotPage(api, house, failed, live);
    this.rows = [];
    this.cursor = null;
    this.openOnly = true;
    this.filter = "";
    this.draft = emptyDraft();
    this.trouble = "";
    this.found = null; // {lot, by, at}: what stands where she wanted to write
    this.said = "";
  }

  /** @param {string} id  of one lot; "" is the list of them */
  async open(id = "") {
    if (id) return this.lot.open(id);
    find("#lots").classList.remove("page");
    return this.#load();
  }

  async #load({ more = false } = {}) {
    const { openOnly } = this;
    const after = more && this.cursor ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
    try {
      const page = await this.api.list(`/v1/lots?limit=${PAGE}${openOnly ? "&open=true" : ""}${after}`);
      if (this.openOnly !== openOnly) return; // the other list was asked for meanwhile
      this.rows = more ? [...this.rows, ...page.items] : page.items;
      this.cursor = page.next_cursor;
    } catch (error) {
      this.trouble = this.failed(error);
    }
    if (location.hash === "#lots") this.#fill(); // not over a lot that was opened meanwhile
  }

  #fill(focus = "") {
    const onclick = () => this.#load({ more: true });
    find("#lots").replaceChildren(
      this.#mayChange() ? this.#form() : "",
      this.#listHead(),
      this.#table(),
      this.cursor ? element("button", { class: "button", type: "button", onclick }, say("hub.lots.more")) : "",
    );
    if (focus) find(focus)?.focus();
  }

  /** An engineer looks on. */
  #mayChange() {
    return ["reviewer", "admin"].includes(this.house.me?.role);
  }

  // The form

  #form() {
    const { draft } = this;
    const changing = draft.after !== null;
    const onsubmit = (event) => {
      event.preventDefault();
      this.#save();
    };
    return element(
      "form",
      { id: "lot-form", onsubmit },
      element("h2", {}, changing ? say("hub.lots.change", { lot: draft.id }) : say("hub.lots.open")),
      this.trouble && element("p", { class: "notice", role: "alert" }, this.trouble),
      element("p", { id: "lot-said", role: "status" }, this.said),
      this.found && this.#standing(this.found),
      element(
        "div",
        { class: "lot-fields" },
        this.#choice(say("hub.workshop"), "microfactory", openOnes(this.house.workshops)),
        this.#choice(say("hub.design"), "design", this.house.designs),
        this.#input(say("hub.lot"), "id", { pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", placeholder: "PO-48-01", title: say("hub.lots.code") }),
        this.#input(say("hub.pieces"), "pieces", { type: "number", min: 1, max: 100000 }),
        this.#views(),
        this.#input(say("hub.lots.note"), "note", { maxlength: 500, required: false }),
      ),
      element(
        "div",
        { class: "lot-buttons" },
        element("button", { class: "button main" }, changing ? say("hub.save") : say("hub.lots.open_it")),
        draft.id && element("button", { class: "button", type: "button", onclick: () => this.#clear() }, say("hub.lots.clear")),
      ),
    );
  }

  #input(label, name, attributes) {
    // The number of an order that is changed is not for typing: another number is another order.
    const readonly = name === "id" && this.draft.after !== null;
    const input = element("input", { class: "field", id: `lot-${name}`, required: true, autocomplete: "off", readonly, ...attributes });
    input.value = this.draft[name];
    input.addEventListener("input", () => (this.draft[name] = input.value));
    return labelled(label, input);
  }

  #choice(label, name, things) {
    const options = [...things.values()]
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ id, name: words }) => element("option", { value: id, selected: id === this.draft[name] }, words));
    const select = element("select", { class: "field", id: `lot-${name}`, required: true }, element("option", { value: "" }, say("hub.lots.choose")), options);
    select.addEventListener("change", () => {
      this.draft[name] = select.value;
      if (name === "design" && this.draft.after === null) this.#usualViews(things.get(select.value));
    });
    return labelled(label, select);
  }

  /** A new order begins with the views that its design wants. */
  #usualViews(design) {
    if (!design) return;
    this.draft.views = design.views;
    find("#lot-form .views").replaceWith(this.#views());
  }

  #views() {
    return viewBoxes(say("hub.lots.views"), this.draft.views, (views) => (this.draft.views = views));
  }

  async #save(said = "") {
    const { id, microfactory, design, pieces, views, note, after } = this.draft;
    if (views.length === 0) return this.#fail(say("hub.choose_a_view"));
    const body = { microfactory, design, pieces: Number(pieces), views, note: note.trim(), after };
    await this.#send(
      () => this.api.put(`/v1/lots/${encodeURIComponent(id.trim())}`, body),
      said || say("hub.lots.stands", { lot: id, count: body.pieces, workshop: workshopName(this.house, microfactory) }),
    );
  }

  async #send(ask, said) {
    try {
      await ask();
    } catch (error) {
      if (!error.body?.lot) return this.#fail(this.failed(error));
      Object.assign(this, { found: error.body, trouble: "", said: "" });
      return this.#fill("#lot-leave");
    }
    Object.assign(this, { draft: emptyDraft(), found: null, trouble: "", said });
    return this.#load();
  }

  #fail(trouble) {
    Object.assign(this, { found: null, trouble, said: "" });
    this.#fill();
  }

  #clear() {
    this.#begin(emptyDraft(), "#lot-microfactory");
  }

  #begin(draft, focus) {
    Object.assign(this, { draft, found: null, trouble: "", said: "" });
    this.#fill(focus);
  }

  // What stands there already

  /** The order as it is now, and what she wants: to leave it, or to change it to what she entered. */
  #standing({ lot, by, at }) {
    const { draft } = this;
    const opening = draft.after === null;
    const others = draft.microfactory !== lot.microfactory;
    const leave = () => (opening ? this.#begin({ ...draft, id: "" }, "#lot-id") : this.#clear());
    const replace = () => {
      this.draft.after = lot.version;
      this.found = null;
      this.#save();
    };
    const who = by && `${by}, ${sayAgo(at)}`;
    return element(
      "section",
      { class: "lot-found", role: "alert" },
      element("h3", {}, say(FOUND[this.found.type.replace("/problems/", "")] ?? "hub.lots.others", { lot: lot.id })),
      element("p", {}, lotSentence(this.house, lot)),
      who && element("p", { class: "quiet" }, say("hub.lots.changed_by", { who })),
      others && element("p", {}, say("hub.lots.hands")),
      element(
        "div",
        { class: "lot-buttons" },
        element("button", { class: "button main", type: "button", id: "lot-leave", onclick: leave }, opening ? say("hub.lots.another") : say("hub.lots.leave")),
        !others && element("button", { class: "button", type: "button", onclick: replace }, say("hub.lots.replace")),
      ),
    );
  }

  // The list

  #listHead() {
    const search = element("input", { class: "field", type: "search", placeholder: say("hub.lots.find"), "aria-label": say("hub.lots.find") });
    search.value = this.filter;
    search.addEventListener("input", () => {
      this.filter = search.value;
      find("#lots table").replaceWith(this.#table());
    });
    const choose = (openOnly) => {
      this.openOnly = openOnly;
      this.#load();
    };
    const buttons = [[true, say("hub.lots.only_open")], [false, say("hub.lots.all")]].map(([openOnly, words]) =>
      element(
        "button",
        { class: "button small", type: "button", "aria-pressed": String(this.openOnly === openOnly), onclick: () => choose(openOnly) },
        words,
      ),
    );
    return element("div", { class: "lots-head" }, element("h2", {}, say("hub.lots")), buttons, search);
  }

  #table() {
    const wanted = this.filter.trim().toLowerCase();
    const shown = this.rows.filter(({ id, microfactory }) =>
      `${id} ${workshopName(this.house, microfactory)}`.toLowerCase().includes(wanted),
    );
    return lotTable(this.house, shown, (lot) => [
      this.#sample(lot),
      packingButtons(lot, this.api, (error) => this.#fail(this.failed(error))),
      this.#mayChange() && this.#actions(lot),
    ]);
  }

  #sample(lot) {
    const onclick = () => new Sample(this, lot, this.#mayChange()).show();
    return element("button", { class: "button small", type: "button", onclick }, say("hub.sample"));
  }

  #actions(lot) {
    const draft = { ...lot, pieces: String(lot.pieces), after: lot.version };
    const change = () => this.#begin(draft, "#lot-pieces");
    const close = () =>
      this.#send(
        () => this.api.ask(`/v1/lots/${encodeURIComponent(lot.id)}`, { method: "DELETE" }),
        say("hub.lots.is_closed", { lot: lot.id }),
      );
    const again = () => {
      this.draft = draft;
      return this.#save(say("hub.lots.is_open", { lot: lot.id }));
    };
    const button = (words, onclick) => element("button", { class: "button small", type: "button", onclick }, words);
    return lot.closed_at ? [button(say("hub.lots.reopen"), again)] : [button(say("hub.change"), change), button(say("hub.close"), close)];
  }
}

/** `after`: the version of the order that is being changed, null where one is opened. */
const emptyDraft = () => ({ id: "", microfactory: "", design: "", pieces: "50", views: ["front"], note: "", after: null });

const labelled = (words, field) => element("label", {}, element("span", {}, words), field);
