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
    const fields = sheet.figures.map((one) => this.#field(one, may));
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
    const field = input(one.name, figure(one.value), { type: "number", step: "any", min: one.least, max: one.most, required: true, disabled: !may });
    const source = one.source_words ?? say(one.entered ? "hub.entered.by_hand" : "hub.entered.default");
    const lines = [source, unit(one.unit), one.low !== undefined && `${figure(one.low)} – ${figure(one.high)}`];
    return labelled(say(`${this.family}.${one.name}`), field, lines.filter(Boolean).join(" · "));
  }

  /** What is as it was is left as it was: a default stays one, and the ledger's figure the ledger's. */
  async #keep(form, why) {
    const figures = {};
    for (const one of this.sheet.figures) {
      const typed = form.elements[one.name].value;
      const changed = typed !== figure(one.value);
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

const figure = (value) => String(Number(Number(value).toPrecision(6)));
const unit = (name) => (name === "share" ? say("hub.unit.share") : name === "pieces / month" ? say("hub.unit.month") : name === "a year" ? say("hub.unit.year") : name === "days" ? say("hub.unit.days") : name === "years" ? say("hub.unit.years") : name === "h" ? say("hub.unit.hours") : name);

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
