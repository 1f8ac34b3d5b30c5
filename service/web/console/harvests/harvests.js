// Harvests: what of the decided pieces becomes a dataset. What would be in it is shown first, and what would not, and
// why; then it is made in the background, and can be downloaded.

import { element } from "../../shared/dom.js";
import { today } from "../days.js";
import { newUuid } from "../../shared/token.js";
import { say } from "../../shared/words.js";
import { byName, choice, input, labelled, Page, part } from "../page.js";
import { JobList } from "./jobs.js";
import { plan } from "./plan.js";

const DECISIONS = ["accept", "rework", "reject"];
const AGREEMENTS = ["in_hand", "adjudicated", "seconded", "single"];
const TYPED_MS = 400;

export class Harvests {
  constructor(api, house, failed) {
    this.page = new Page("harvests", { api, house, failed });
    this.jobs = new JobList(this.page);
    Object.assign(this, { api, house });
  }

  open() {
    this.page.say();
    if (!this.page.may("engineer", "admin")) {
      return this.page.show(say("hub.harvests"), {}, element("p", { class: "quiet" }, say("hub.harvest.not_yours")));
    }
    this.body = element("div", { "aria-live": "polite" });
    this.form = this.#form();
    this.page.show(say("hub.harvests"), {}, this.form, this.body, this.jobs.root);
    return Promise.all([this.#look(), this.jobs.load()]);
  }

  #form() {
    const { house } = this;
    const any = say("hub.any");
    const name = input("name", `harvest-${today(house)}`, { required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", title: say("hub.lots.code"), spellcheck: "false" });
    this.make = element("button", { class: "button main", disabled: true }, say("hub.harvest.make"));
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.harvest.what") },
      element("p", { class: "wide quiet" }, say("hub.harvest.about")),
      labelled(say("hub.from_day"), input("since", "", { type: "date" })),
      labelled(say("hub.to_day"), input("until", "", { type: "date" })),
      labelled(say("hub.workshop"), choice("microfactory", "", byName(house.workshops, any))),
      labelled(say("hub.design"), choice("design", "", byName(house.designs, any))),
      boxes(say("hub.harvest.decision"), "decision", DECISIONS, (one) => say(`hub.said.${one}`)),
      boxes(say("hub.harvest.agreement"), "agreement", AGREEMENTS, (one) => say(`hub.agreed.${one}`)),
      element(
        "div",
        { class: "views wide" },
        box("strongest_first", say("hub.harvest.strongest"), false),
        box("no_faces", say("hub.harvest.no_faces"), true),
      ),
      element("p", { class: "wide quiet" }, say("hub.harvest.always")),
      labelled(say("hub.harvest.most"), input("most", "", { type: "number", min: 1, max: 1000000 })),
      labelled(say("hub.harvest.name"), name),
      element("div", { class: "page-buttons" }, this.make),
    );
    let typed;
    form.addEventListener("input", ({ target }) => {
      clearTimeout(typed);
      if (target.name !== "name") typed = setTimeout(() => this.#look(), TYPED_MS);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#ask();
    });
    return form;
  }

  /** What is asked for, without what is any. */
  #chosen() {
    const said = new FormData(this.form);
    const one = (name) => (said.get(name) ? { [name]: said.get(name) } : {});
    const some = (name) => (said.getAll(name).filter(Boolean).length ? { [name]: said.getAll(name) } : {});
    return {
      ...one("since"),
      ...one("until"),
      ...some("microfactory"),
      ...some("design"),
      ...some("decision"),
      ...some("agreement"),
      ...(said.get("most") ? { most: Number(said.get("most")) } : {}),
      faces: !said.get("no_faces"),
      strongest_first: Boolean(said.get("strongest_first")),
    };
  }

  async #look() {
    const asked = (this.asked = newUuid());
    this.make.disabled = true;
    await this.page.attempt(async () => {
      const found = await this.api.send("POST", "/v1/harvest-previews", this.#chosen());
      if (this.asked !== asked) return;
      this.body.replaceChildren(part(say("hub.harvest.would"), ...plan(found, this.house)));
      this.make.disabled = found.counts.photos === 0;
    });
  }

  async #ask() {
    const body = { name: new FormData(this.form).get("name").trim(), chosen: this.#chosen() };
    // The same again carries the same UUID, so that a lost answer makes no second harvest.
    const text = JSON.stringify(body);
    if (this.sent?.text !== text) this.sent = { text, id: newUuid() };
    if (!(await this.page.attempt(() => this.api.put(`/v1/harvests/${this.sent.id}`, body)))) return;
    this.sent = null;
    this.page.say(say("hub.harvest.asked", { name: body.name }));
    await this.jobs.load();
    this.jobs.root.scrollIntoView({ block: "nearest" });
  }
}

function box(name, words, checked, value = "yes") {
  const field = element("input", { type: "checkbox", name, value });
  field.checked = checked;
  return element("label", {}, field, words);
}

/** None ticked is any. */
const boxes = (title, name, values, words) =>
  element("fieldset", { class: "views wide" }, element("legend", {}, title), values.map((value) => box(name, words(value), false, value)));
