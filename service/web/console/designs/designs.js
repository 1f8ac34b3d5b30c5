// Designs: what workshops are asked to make. The list, and a page for each.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { Page, thumb } from "../page.js";
import { DesignPage } from "./design.js";
import { KEEPERS, loadDesigns, NEW } from "./known.js";

export class Designs {
  constructor(api, house, failed) {
    this.page = new Page("designs", { api, house, failed });
    this.design = new DesignPage(this.page);
    Object.assign(this, { api, house });
  }

  async open(rest) {
    this.page.say();
    const known = await this.page.attempt(() => loadDesigns(this.api, this.house));
    if (rest) return known && this.design.open(rest);
    const add = this.page.may(...KEEPERS) && element("a", { class: "button small main", href: `#designs/${NEW}` }, say("hub.add_design"));
    const heads = [say("hub.photo"), say("hub.design"), say("hub.code"), say("hub.made_of"), say("hub.approved_photos")];
    const rows = [...this.house.designs.values()].map((design) => this.#row(design));
    const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.no_design")));
    return this.page.show(
      say("hub.designs"),
      { tools: [add].filter(Boolean) },
      element(
        "table",
        { class: "cards", "aria-label": say("hub.designs") },
        element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, rows.length ? rows : none),
      ),
    );
  }

  #row({ id, name, category, material, approved_photos: photos }) {
    const picture = photos.length ? thumb(this.api, `${photos[0]}?width=160`) : element("span", { class: "thumb" });
    return element(
      "tr",
      {},
      element("td", { class: "pic" }, picture),
      element("th", { scope: "row" }, element("a", { href: `#designs/${id}` }, name)),
      element("td", { class: "quiet" }, id),
      element("td", {}, `${say(`material.${material}`)}, ${say(`category.${category}`)}`),
      element("td", {}, photos.length ? String(photos.length) : element("span", { class: "lacking" }, say("hub.none_yet"))),
    );
  }
}
