// A sheet of figures that an admin enters: each with its unit, its range, where its default is from; and its versions.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { input, labelled, part } from "../page.js";

const WHY = { required: true, minlength: 3, maxlength: 500 };

export class EnteredForm {
  /** @param {string} family of the words: `hub.price` has `hub.price.escape` */
  constructor(page, family, path, again) {
    Object.assign(this, { page, family, path, again });
  }

  /** @param {object} sheet  {version, figures, history} of the service */
  show(title, sheet, about = say("hub.entered.about")) {
    this.sheet = sheet;
    const may = this.page.may("admin");
    const fields = sheet.figures.flatMap((one, place) => {
      const begins = one.group && one.group !== sheet.figures[place - 1]?.group;
      return [begins && element("h4", { class: "wide" }, one.group), this.#field(one, may)];
    });
    const why = input("why", "", WHY);
    const buttons = may && [
      element("div", { class: "wide" }, labelled(say("hub.why"), why, say("hub.why_kept"))),
      element("div", { class: "wide page-buttons" }, element("button", { class: "button main" }, say("hub.entered.keep"))),
    ];
    const onsubmit = (event) => {
      event.preventDefault();
      void this.#keep(event.target, why.value.trim());
    };
    return part(
      title,
      element("p", { class: "quiet" }, about, may ? "" : ` ${say("hub.entered.admin")}`),
      element("form", { class: "entered", onsubmit }, fields, buttons),
      versions(sheet.history, (name) => say(`${this.family}.${name}`)),
    );
  }

  #field(one, may) {
    const field = input(one.name, figure(one), { type: "number", step: "any", min: one.least, max: one.most, required: true, disabled: !may });
    const source = one.source_words ?? say(one.entered ? "hub.entered.by_hand" : "hub.entered.default");
    const lines = [source, unit(one.unit), one.low !== undefined && `${short(one.low)} – ${short(one.high)}`];
    return labelled(say(`${this.family}.${one.name}`), field, lines.filter(Boolean).join(" · "));
  }

  /** What is as it was is left as it was: a default stays one, and the ledger's figure the ledger's. */
  async #keep(form, why) {
    const figures = {};
    for (const one of this.sheet.figures) {
      const typed = form.elements[one.name].value;
      const changed = typed !== figure(one);
      if (changed) figures[one.name] = Number(typed);
      else if (one.entered) figures[one.name] = one.value;
    }
    let done = false;
    await this.page.attempt(async () => {
      await this.page.api.send("PUT", this.path, { seen: this.sheet.version, figures, why });
      done = true;
    });
    if (done) await this.again(say("hub.entered.kept"));
  }
}

/** As it is typed: what somebody entered as it was, what was counted rounded. */
const figure = ({ value, entered }) => String(entered ? value : Number(value.toPrecision(4)));
const short = (value) => sayNumber(Number(value.toPrecision(3)));
const UNITS = { share: "hub.unit.share", "pieces / month": "hub.unit.month", "a year": "hub.unit.year", days: "hub.unit.days", years: "hub.unit.years", h: "hub.unit.hours" };
const unit = (name) => (UNITS[name] ? say(UNITS[name]) : name);

function versions(history, named) {
  if (history.length === 0) return element("p", { class: "quiet" }, say("hub.entered.never"));
  const rows = history.map((one) =>
    element(
      "li",
      {},
      element("strong", {}, say("hub.entered.version", { number: String(one.number), name: one.by, time: sayTime(one.at) })),
      ` ${one.why} `,
      element("span", { class: "quiet" }, Object.entries(one.figures).map(([name, value]) => `${named(name)}: ${sayNumber(value)}`).join("; ")),
    ),
  );
  return element("details", {}, element("summary", {}, say("hub.entered.history")), element("ol", { class: "versions", reversed: true }, rows));
}
