// One workshop: its name and place, its phones, how its pieces come out; closed and opened again.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { actionsTable } from "../actions/actions.js";
import { asked } from "../ask.js";
import { whoseDays } from "../days.js";
import { defectsPart, lotsPart, reportPart, timePart } from "../network/overview.js";
import { facts, input, labelled, part, percent } from "../page.js";
import { loadWorkshops } from "./known.js";
import { PhonesPart } from "./phones.js";

const DAYS = 90;

export class WorkshopPage {
  constructor(page) {
    Object.assign(this, { page, api: page.api, house: page.house });
  }

  async open(id) {
    const workshop = this.house.workshops.get(id);
    const back = ["#workshops", say("hub.workshops")];
    if (!workshop) {
      this.page.show(say("hub.workshop"), { back });
      return this.page.fail(say("hub.no_such_workshop", { id }));
    }
    const closed = workshop.closed_at;
    const phones = this.page.may("reviewer", "admin") && new PhonesPart(this.page, workshop);
    const tools = [
      element("a", { class: "button small", href: `#pieces/microfactory=${id}` }, say("hub.its_pieces")),
      element("a", { class: "button small", href: "#rates" }, say("hub.rates")),
    ];
    this.page.show(
      workshop.name,
      { back, tools },
      closed && this.#closed(workshop),
      this.#form(workshop),
      this.#rate(id),
      this.#followed(workshop),
      whoseDays(this.house),
      timePart(this.page, id, workshop.name),
      defectsPart(this.page, id, workshop.name),
      lotsPart(this.page, id),
      reportPart(this.page, id),
      phones?.root,
      !closed && this.page.may("admin") && this.#closing(workshop),
    );
    return phones && phones.load();
  }

  async #again(id, words = "") {
    await loadWorkshops(this.api, this.house);
    await this.open(id);
    this.page.say(words);
  }

  #form({ id, name, place }) {
    const admin = this.page.may("admin");
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.what_it_is") },
      labelled(say("hub.code"), input("id", id, { readonly: true })),
      labelled(say("hub.name"), input("name", name, { required: true, maxlength: 120 })),
      labelled(say("hub.place"), input("place", place, { required: true, maxlength: 120 })),
      admin && element("div", { class: "page-buttons" }, element("button", { class: "button main" }, say("hub.save"))),
    );
    form.inert = !admin;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = Object.fromEntries(new FormData(form));
      const body = { name: said.name.trim(), place: said.place.trim() };
      if (await this.page.attempt(() => this.api.put(`/v1/microfactories/${id}`, body))) await this.#again(id, say("hub.workshop_saved"));
    });
    return form;
  }

  #rate(id) {
    const body = element("div", {}, element("p", { class: "quiet" }, say("loading")));
    this.api.get(`/v1/microfactories/${id}/pass-rate?window_days=${DAYS}`).then(
      ({ pieces_decided: decided, pieces_passed: passed, pieces_pending: pending, pass_rate: share, interval }) => {
        const between = interval && say("hub.between", { low: percent(interval[0]), high: percent(interval[1]) });
        const link = element("a", { href: `#pieces/microfactory=${id}&status=pending` }, sayNumber(pending));
        body.replaceChildren(
          facts(
            [say("hub.pass_rate"), decided ? `${percent(share)} ${between}` : say("hub.none_decided")],
            [say("hub.passed_of_decided"), `${sayNumber(passed)} / ${sayNumber(decided)}`],
            [say("hub.state_pending"), pending ? link : "0"],
          ),
        );
      },
      () => body.replaceChildren(element("p", { class: "notice" }, say("hub.not_told"))),
    );
    return part(say("hub.how_they_come_out", { days: DAYS }), body);
  }

  #followed({ id, closed_at: closed }) {
    const body = element("div", {}, element("p", { class: "quiet" }, say("loading")));
    this.api.list(`/v1/corrective-actions?microfactory=${id}`).then(
      ({ items }) => body.replaceChildren(items.length ? actionsTable(items, this.house) : element("p", { class: "quiet" }, say("hub.action_none"))),
      () => body.replaceChildren(element("p", { class: "notice" }, say("hub.not_told"))),
    );
    const may = !closed && this.page.may("reviewer", "admin");
    const open = may && element("a", { class: "button small", href: `#actions/new/microfactory=${id}` }, say("hub.action_new"));
    return part(say("hub.actions"), body, open);
  }

  // Closed, and open again

  #closing(workshop) {
    const close = element("button", { class: "button danger", type: "button", onclick: () => this.#close(workshop) }, say("hub.close_workshop"));
    return part(say("hub.close_title"), element("p", { class: "quiet" }, say("hub.close_about")), close);
  }

  #closed(workshop) {
    const open = this.page.may("admin") && element("button", { class: "button", type: "button", onclick: () => this.#open(workshop) }, say("hub.open_workshop"));
    return part(say("hub.closed_since", { at: sayTime(workshop.closed_at) }), element("p", { class: "quiet" }, say("hub.closed_about")), open);
  }

  async #close({ id, name, place }) {
    const question = { title: say("hub.close_question"), whom: name, where: place, about: say("hub.close_about"), act: say("hub.close_it") };
    if (!(await asked(question))) return;
    const done = await this.page.attempt(() => this.api.send("DELETE", `/v1/microfactories/${id}`));
    if (!done) return;
    await this.#again(id);
    const undo = element("button", { class: "button small", type: "button", onclick: () => this.#open({ id }) }, say("hub.undo"));
    this.page.say(say("hub.is_closed", { name }), " ", undo);
  }

  async #open({ id }) {
    if (await this.page.attempt(() => this.api.send("POST", `/v1/microfactories/${id}/opening`))) await this.#again(id, say("hub.is_open_again"));
  }
}
