// A corrective action is opened: of which defect at which workshop, why, and what the workshop is told.

import { element } from "../../shared/dom.js";
import { namedDefects, say } from "../../shared/words.js";
import { newUuid } from "../../shared/token.js";
import { byName, choice, input, labelled, openOnes } from "../page.js";

const WATCH = 20;
const DAYS = 7;

export class OpeningPage {
  constructor(page) {
    Object.assign(this, { page, api: page.api, house: page.house });
  }

  /** @param {string} given  what is known already, as an address has it */
  open(given) {
    const known = Object.fromEntries(new URLSearchParams(given));
    this.id = newUuid(); // sent twice it is opened once
    this.inspection = known.inspection ?? null;
    this.page.show(say("hub.action_new"), { back: ["#actions", say("hub.actions")] }, this.#form(known));
  }

  #form({ microfactory = "", defect = "", why = "" }) {
    const classes = [["", say("hub.choose")], ...namedDefects().map((name) => [name, say(`defect.${name}`)])];
    const text = (name, value, attributes = {}) => {
      const field = element("textarea", { class: "field", name, rows: 3, maxlength: 1000, ...attributes });
      field.value = value;
      return field;
    };
    const tell = element("input", { type: "checkbox", name: "tell" });
    tell.checked = true;
    const told = labelled(say("hub.action_told"), text("told", ""), say("hub.action_told_hint"));
    tell.addEventListener("change", () => (told.hidden = !tell.checked));
    const wide = (field) => {
      field.classList.add("wide");
      return field;
    };
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.action_new") },
      labelled(say("hub.workshop"), choice("microfactory", microfactory, byName(openOnes(this.house.workshops), say("hub.choose")), { required: true })),
      labelled(say("hub.defect"), choice("defect", defect, classes, { required: true })),
      labelled(say("hub.action_watch_next"), input("watch", WATCH, { type: "number", min: 5, max: 200, required: true }), say("hub.action_watch_hint")),
      labelled(say("hub.action_days"), input("days", DAYS, { type: "number", min: 1, max: 90, required: true })),
      wide(labelled(say("hub.action_why"), text("why", why, { required: true }), say("hub.action_why_hint"))),
      element("label", { class: "check wide" }, tell, say("hub.action_tell_now")),
      wide(told),
      element("div", { class: "page-buttons wide" }, element("button", { class: "button main" }, say("hub.action_open"))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#open(Object.fromEntries(new FormData(form)), tell.checked);
    });
    return form;
  }

  async #open({ microfactory, defect, watch, days, why, told }, tell) {
    const body = { microfactory, defect, watch: Number(watch), days: Number(days), why: why.trim(), tell: tell ? told.trim() : null, inspection: this.inspection };
    try {
      await this.api.put(`/v1/corrective-actions/${this.id}`, body);
      location.hash = `#actions/${this.id}`;
    } catch (error) {
      this.page.fail(this.page.failed(error));
      const { action } = error.body ?? {};
      if (action) this.page.trouble.append(" ", element("a", { href: `#actions/${action}` }, say("hub.action_that")));
    }
  }
}
