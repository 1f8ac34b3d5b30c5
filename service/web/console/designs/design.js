// One design: what is asked for, the photos that stand for it, accepted pieces beside them, and how its pieces come out.

import { element } from "../../shared/dom.js";
import { namesOf, say } from "../../shared/words.js";
import { choice, input, labelled, viewBoxes } from "../page.js";
import { AcceptedPart } from "./accepted.js";
import { KEEPERS, loadDesigns, NEW } from "./known.js";
import { outcomesPart } from "./outcomes.js";
import { PhotosPart } from "./photos.js";
import { placesPart } from "./places.js";
import { samplingPart } from "./sampling.js";

const STAGES = { raw: "hub.stage_raw", assembled: "hub.stage_assembled", plated: "hub.stage_plated" };
const LEVELS = ["1", "2", "3", "4", "5"];
const CODE = { pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", required: true, spellcheck: "false" };

export class DesignPage {
  constructor(page) {
    Object.assign(this, { page, api: page.api, house: page.house });
  }

  open(id) {
    const design = this.house.designs.get(id);
    const back = ["#designs", say("hub.designs")];
    if (id === NEW) return this.page.show(say("hub.add_design"), { back }, this.#form(null));
    if (!design) {
      this.page.show(say("hub.design"), { back });
      return this.page.fail(say("hub.no_such_design", { id }));
    }
    const keeps = this.page.may(...KEEPERS);
    const photos = new PhotosPart(this.page, design, keeps, () => this.#again(id));
    const accepted = new AcceptedPart(this.page, design, keeps);
    this.page.show(
      design.name,
      { back, tools: [element("a", { class: "button small", href: `#pieces/design=${id}` }, say("hub.its_pieces"))] },
      photos.root,
      this.#form(design, keeps),
      outcomesPart(this.api, design),
      placesPart(this.page, design),
      samplingPart(this.page, design, keeps),
      accepted.root,
    );
    return accepted.load();
  }

  async #again(id) {
    await loadDesigns(this.api, this.house);
    await this.open(id);
  }

  /** Add or change; who only looks reads the same fields. */
  #form(design, keeps = true) {
    let views = design?.views ?? ["front"];
    const level = (name, usual) => choice(name, String(design?.[name] ?? usual), LEVELS.map((one) => [one, `${one} ${say(`variance.${one}`)}`]));
    const categories = namesOf("category").map((name) => [name, say(`category.${name}`)]);
    const materials = namesOf("material").map((name) => [name, say(`material.${name}`)]);
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.what_is_asked") },
      element("h3", {}, say("hub.what_is_asked")),
      labelled(say("hub.code"), input("id", design?.id, { ...CODE, readonly: design !== null, placeholder: "bangle-mara" })),
      labelled(say("hub.name"), input("name", design?.name, { required: true, maxlength: 120 })),
      labelled(say("hub.category"), choice("category", design?.category, categories)),
      labelled(say("hub.material"), choice("material", design?.material, materials)),
      labelled(say("hub.stage"), choice("stage", design?.stage, Object.entries(STAGES).map(([name, word]) => [name, say(word)]))),
      labelled(say("hub.lowest_level"), level("approved_low", 1)),
      labelled(say("hub.highest_level"), level("approved_high", 5)),
      element("div", { class: "wide" }, viewBoxes(say("hub.wanted_views"), views, (now) => (views = now))),
      keeps && element("div", { class: "page-buttons wide" }, element("button", { class: "button main" }, design ? say("hub.save") : say("hub.add_design"))),
    );
    form.inert = !keeps;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save(design, Object.fromEntries(new FormData(form)), views);
    });
    return form;
  }

  async #save(design, { id, ...said }, views) {
    const path = `/v1/designs/${encodeURIComponent(id.trim())}`;
    const body = { ...said, name: said.name.trim(), approved_low: Number(said.approved_low), approved_high: Number(said.approved_high), views };
    if (views.length === 0) return this.page.fail(say("hub.choose_a_view"));
    if (body.approved_low > body.approved_high) return this.page.fail(say("hub.range_is_empty"));
    if (!design && this.house.designs.has(id.trim())) return this.page.fail(say("hub.code_taken", { id: id.trim() }));
    const done = await this.page.attempt(() => this.api.put(path, body));
    if (!done) return null;
    await this.#again(id.trim());
    if (!design) history.replaceState(null, "", `#designs/${id.trim()}`);
    return this.page.say(say(design ? "hub.saved" : "hub.design_added"));
  }
}
