// The views of the console, in the order of its menu.
// A view is a class with open(rest): the address `#pieces/7f3…` opens the view `pieces` with "7f3…", `#pieces` with "".

import { element, find } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { Lots } from "./lots/lots.js";
import { Numbers } from "./numbers/numbers.js";
import { People } from "./people/people.js";
import { Flagged } from "./queue/flagged.js";
import { Rates } from "./rates/rates.js";

/** Name of the view, its word, and its class. `count` is the id of a number beside the word. */
const VIEWS = [
  { name: "flagged", word: "hub.flagged", View: Flagged, count: "waiting" },
  { name: "rates", word: "hub.rates", View: Rates },
  { name: "numbers", word: "hub.numbers", View: Numbers },
  { name: "lots", word: "hub.lots", View: Lots },
  { name: "people", word: "hub.people", View: People },
];

export class Views {
  #open = new Map();

  /** Makes the menu, a section for each view that the page does not have written out, and the views themselves. */
  constructor(api, house, failed) {
    for (const { name, word, View, count } of VIEWS) {
      const number = count && element("span", { id: count, class: "count" });
      find("#views").append(element("a", { href: `#${name}` }, say(word), number && " ", number));
      const section = find(`#${name}`) ?? element("section", { id: name, hidden: true });
      section.setAttribute("aria-label", say(word));
      find("main").append(section);
      this.#open.set(name, { section, view: new View(api, house, failed) });
    }
  }

  hide() {
    find("#views").hidden = true;
    for (const { section } of this.#open.values()) section.hidden = true;
  }

  /** The view that the address names; the flagged pieces where it names none. */
  show() {
    const [asked, ...rest] = location.hash.slice(1).split("/");
    const name = this.#open.has(asked) ? asked : VIEWS[0].name;
    find("#views").hidden = false;
    for (const [one, { section }] of this.#open) section.hidden = one !== name;
    for (const link of find("#views").children) {
      if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#open.get(name).view.open(name === asked ? rest.map(decodeURIComponent).join("/") : "");
  }
}
