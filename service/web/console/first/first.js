// The first steps of an empty hub, up to its first inspection: each ticks itself off.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { openOnes, Page } from "../page.js";

const ASKED_EVERY_MS = 2500;

/** In their order: what is asked for, its words, who does it, and where. */
const STEPS = [
  { name: "workshop", title: "hub.step_workshop", about: "hub.step_workshop_how", who: ["admin"], where: () => "#workshops" },
  { name: "design", title: "hub.step_design", about: "hub.step_design_how", who: ["engineer", "admin"], where: () => "#designs/+" },
  { name: "approved_photo", title: "hub.step_photo", about: "hub.step_photo_how", who: ["engineer", "admin"], where: ({ designs }) => `#designs${oneOf(designs)}` },
  { name: "phone", title: "hub.step_phone", about: "hub.step_phone_how", who: ["reviewer", "admin"], where: ({ workshops }) => `#workshops${oneOf(openOnes(workshops))}` },
  { name: "inspection", title: "hub.step_inspection", about: "hub.step_inspection_how", who: [], where: () => null },
];

const oneOf = (things) => (things.size > 0 ? `/${things.keys().next().value}` : "");

export class FirstSteps {
  constructor(api, house, failed) {
    this.page = new Page("first", { api, house, failed });
    Object.assign(this, { api, house });
  }

  async open() {
    await this.#load();
    this.#watch();
  }

  async #load() {
    await this.page.attempt(async () => {
      const [found, serves] = await Promise.all([this.api.get("/v1/first-steps"), this.#serves()]);
      const said = JSON.stringify([found, serves]);
      this.house.firstSteps = found;
      if (this.shown === said && this.page.root.childElementCount > 0) return; // nothing that has the focus is drawn anew
      this.shown = said;
      this.#fill(found, serves);
    });
  }

  /** Whether a network answers: without one neither an approved photo nor a piece can be looked at. */
  async #serves() {
    try {
      await this.api.get("/v1/release");
      return true;
    } catch (error) {
      if (error.status === 503) return false;
      throw error;
    }
  }

  /** Until another page is looked at, or nothing is left. */
  #watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (this.page.root.hidden || !this.house.firstSteps?.open) return;
      await this.#load();
      this.#watch();
    }, ASKED_EVERY_MS);
  }

  #fill(found, serves) {
    const next = STEPS.find(({ name }) => !found[name]);
    const dismiss = found.open && this.page.may("admin") && element("button", { class: "button small", type: "button", onclick: () => this.#dismiss() }, say("hub.do_not_show"));
    this.page.show(
      say("hub.first_steps"),
      { tools: [dismiss].filter(Boolean) },
      element("p", { class: "quiet" }, next ? say("hub.steps_about") : say("hub.steps_done")),
      !serves && element("p", { class: "notice" }, say("hub.none_serves"), " ", element("a", { href: "#releases" }, say("hub.releases"))),
      element("ol", { class: "first-steps" }, STEPS.map((step, at) => this.#step(step, at + 1, found[step.name], step === next))),
      !next && element("p", {}, element("a", { class: "button main", href: "#pieces" }, say("hub.see_first_piece"))),
    );
  }

  #step({ title, about, who, where }, number, done, next) {
    const place = where(this.house);
    const may = this.page.may(...who);
    const roles = who.map((role) => say(ROLES[role])).join(", ");
    const go = place && !done && may && element("a", { class: next ? "button main" : "button", href: place }, say("hub.go_there"));
    const others = place && !done && !may && element("p", { class: "quiet" }, say("hub.done_by", { roles }));
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, done ? "✓" : String(number));
    const state = element("span", { class: "unseen" }, done ? say("hub.step_is_done") : say("hub.step_is_left"));
    return element(
      "li",
      { class: done ? "done-step" : "", "aria-current": next ? "step" : null },
      mark,
      element("div", {}, element("h3", {}, say(title), " ", state), !done && element("p", { class: "quiet" }, say(about)), others, go),
    );
  }

  async #dismiss() {
    const question = { title: say("hub.dismiss_question"), whom: say("hub.first_steps"), about: say("hub.dismiss_about"), act: say("hub.do_not_show") };
    if (!(await asked(question))) return;
    if (!(await this.page.attempt(() => this.api.send("POST", "/v1/first-steps/dismissal")))) return;
    this.house.firstSteps.open = false;
    location.hash = "#flagged";
  }
}

const ROLES = { admin: "hub.role_admin", engineer: "hub.role_engineer", reviewer: "hub.role_reviewer" };
