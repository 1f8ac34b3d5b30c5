// In hand: the piece itself, found by the code on its bag, at goods-in or when a customer sent it back, and decided on.

import { element } from "../../shared/dom.js";
import { photoFigure } from "../../shared/photo.js";
import { newUuid } from "../../shared/token.js";
import { namedDefects, say, sayTime } from "../../shared/words.js";
import { named } from "../named.js";
import { choice, facts, input, labelled, openPage, Page, part } from "../page.js";
import { designOf } from "../piece/designs.js";
import { phraseChips } from "../piece/phrases.js";
import { stateMark } from "../pieces/states.js";
import { SEVERITIES, usualSeverity } from "../review/draft.js";

const WHERE = ["goods_in", "return"];
const DECISIONS = ["accept", "rework", "reject"];

export class Hand {
  constructor(api, house, failed) {
    this.page = new Page("hand", { api, house, failed });
    Object.assign(this, { api, house, where: WHERE[0] });
  }

  /** @param {string} code  of the bag; "" asks for one */
  async open(code) {
    this.page.say();
    this.found = element("div", { class: "hand-found" });
    this.page.show(say("hub.hand"), {}, element("p", { class: "quiet" }, say("hub.hand.about")), this.#form(code), this.found);
    if (code) await this.#find(code);
    else this.field.focus();
  }

  /** A scanner types the code and ends with Enter. */
  #form(code) {
    this.field = input("code", code, { required: true, spellcheck: "false", autocapitalize: "characters", maxlength: 40 });
    const where = WHERE.map((name) => {
      const radio = element("input", { type: "radio", name: "where", value: name });
      radio.checked = name === this.where;
      radio.addEventListener("change", () => (this.where = name));
      return element("label", {}, radio, say(`hub.hand.${name}`));
    });
    const form = element(
      "form",
      { class: "page-form", role: "search", "aria-label": say("hub.hand") },
      labelled(say("hub.hand.code"), this.field),
      element("fieldset", { class: "views" }, element("legend", {}, say("hub.hand.where")), where),
      element("button", { class: "button main" }, say("hub.hand.find")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      history.replaceState(null, "", `#hand/${encodeURIComponent(this.field.value.trim())}`);
      this.page.say();
      void this.#find(this.field.value.trim());
    });
    return form;
  }

  async #find(code) {
    this.found.replaceChildren();
    await this.page.attempt(async () => {
      const { items, code: written } = await this.api.get(`/v1/bags/${encodeURIComponent(code)}`);
      if (items.length === 0) return this.page.fail(say("hub.hand.none", { code: written }));
      this.found.replaceChildren(...items.map((one) => this.#piece(one, written)));
      if (!this.page.may("reviewer", "admin")) return null;
      return this.found.querySelector("button[data-disposition]")?.focus();
    });
  }

  #piece(one, code) {
    const draft = { defects: [], phrases: [], sent: newUuid() };
    const { review } = one;
    const title = [one.piece ?? say("hub.no_code"), one.lot].filter(Boolean).join(" · ");
    const label = () => this.page.attempt(() => openPage(this.api, `/v1/inspections/${one.id}/label`));
    const said = review && say("hub.hand.said", { by: review.reviewer, what: say(`hub.said.${review.disposition}`), at: sayTime(review.at) });
    return part(
      title,
      element("div", { class: "hand-photos" }, one.photos.filter(({ removed_at: gone }) => !gone).map((photo) => this.#photo(photo))),
      facts(
        [say("hub.hand.code"), code],
        [say("hub.state"), one.veiled ? say("hub.hand.veiled") : stateMark(one.status)],
        [say("hub.workshop"), this.house.workshops.get(one.microfactory)?.name ?? one.microfactory],
        [say("hub.design"), designOf(one, this.house)],
        [say("hub.hand.before"), said && `${said}${review.in_hand ? `, ${say(`hub.hand.${review.in_hand}`)}` : ""}`],
      ),
      element(
        "p",
        {},
        element("a", { href: `#pieces/${one.id}` }, say("hub.whole_piece")),
        " ",
        element("button", { class: "button small", type: "button", onclick: label }, say("hub.hand.label")),
      ),
      this.page.may("reviewer", "admin") && this.#deciding(one, draft),
    );
  }

  #photo(photo) {
    const { width, height, view, photo_url: url } = photo;
    const figure = photoFigure({ src: null, heat: null, alt: say(`view.${view}`), width, height, marks: [] });
    const image = figure.querySelector("img");
    this.api.photo(url).then((src) => (image.src = src), () => (image.alt = say("hub.photo_lost")));
    return figure;
  }

  #deciding(one, draft) {
    const body = element("div", {});
    const note = element("textarea", { class: "field", rows: 2, maxlength: 2000 });
    const fill = (focus) => {
      body.replaceChildren(this.#defects(draft, fill), phraseChips(draft, fill));
      if (focus) body.querySelector(focus)?.focus();
    };
    fill();
    const buttons = DECISIONS.map((disposition) =>
      element(
        "button",
        {
          class: `button ${disposition}`,
          type: "button",
          "data-disposition": disposition,
          onclick: () => this.#decide(one, draft, disposition, note.value.trim()),
        },
        say(`hub.hand.${disposition}`),
      ),
    );
    return element("div", { class: "hand-deciding" }, body, labelled(say("hub.hand.note"), note), element("div", { class: "decisions" }, buttons));
  }

  /** What she sees on the piece: classes with how bad each is; whether a photo shows it is not asked. */
  #defects(draft, fill) {
    const rows = draft.defects.map((defect, at) =>
      element(
        "li",
        {},
        `${named("defect", defect.defect)}, ${named("severity", defect.severity)} `,
        element(
          "button",
          { class: "button small", type: "button", onclick: () => fill(void draft.defects.splice(at, 1)) },
          say("hub.remove"),
        ),
      ),
    );
    const kind = choice("defect", "", namedDefects().map((name) => [name, named("defect", name)]));
    const severity = choice("severity", "", SEVERITIES.map((name) => [name, named("severity", name)]));
    const usual = () => (severity.value = usualSeverity(this.house, kind.value));
    kind.addEventListener("change", usual);
    usual();
    const add = () => {
      draft.defects.push({ photo: 0, defect: kind.value, severity: severity.value, box: null });
      fill("select");
    };
    return element(
      "fieldset",
      { class: "hand-defects" },
      element("legend", {}, say("hub.hand.defects")),
      element("ul", {}, rows),
      labelled(say("hub.hand.kind"), kind),
      labelled(say("hub.hand.severity"), severity),
      element("button", { class: "button small", type: "button", onclick: add }, say("hub.add")),
    );
  }

  async #decide(one, draft, disposition, note) {
    const { review, appeal } = one;
    const body = {
      disposition,
      // Nothing named: with an accepted piece that is to say that it is clean.
      defects: draft.defects.length || disposition === "accept" ? draft.defects : null,
      phrases: draft.phrases,
      note,
      after: review?.id ?? null,
      appeal: appeal?.outcome === "waiting" ? appeal.id : null,
      in_hand: this.where,
      anyway: true,
    };
    const done = say("hub.hand.done", { what: say(`hub.said.${disposition}`) });
    if (await this.page.attempt(() => this.api.put(`/v1/inspections/${one.id}/reviews/${draft.sent}`, body), done)) {
      this.found.replaceChildren();
      this.field.value = "";
      history.replaceState(null, "", "#hand");
      this.field.focus();
    }
  }
}
