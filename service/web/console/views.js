// The views of the console, in the order of its menu.
// A view is a class with open(rest): the address `#pieces/7f3…` opens the view `pieces` with "7f3…", `#pieces` with "".

import { element, find } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { Costs } from "./costs/costs.js";
import { Actions } from "./actions/actions.js";
import { Designs } from "./designs/designs.js";
import { FirstSteps } from "./first/first.js";
import { Hand } from "./hand/hand.js";
import { Alerts } from "./alerts/alerts.js";
import { Agreement } from "./agreement/agreement.js";
import { Harvests } from "./harvests/harvests.js";
import { Live } from "./live.js";
import { Lots } from "./lots/lots.js";
import { Network } from "./network/network.js";
import { Numbers } from "./numbers/numbers.js";
import { People } from "./people/people.js";
import { Pieces } from "./pieces/pieces.js";
import { Flagged } from "./queue/flagged.js";
import { Rates } from "./rates/rates.js";
import { Releases } from "./releases/releases.js";
import { Scale } from "./scale/scale.js";
import { Workshops } from "./workshops/workshops.js";

/** Of an empty hub, and gone from the menu once all of it is done. */
const FIRST = "first";

/** Name of the view, its word, and its class. `count` is the id of a number beside the word. */
const VIEWS = [
  { name: "flagged", word: "hub.flagged", View: Flagged, count: "waiting" },
  { name: "pieces", word: "hub.pieces", View: Pieces },
  { name: "hand", word: "hub.hand", View: Hand },
  { name: "network", word: "hub.network", View: Network },
  { name: "rates", word: "hub.rates", View: Rates },
  { name: "numbers", word: "hub.numbers", View: Numbers },
  { name: "alerts", word: "hub.alerts", View: Alerts, count: "alerts-open" },
  { name: "agreement", word: "hub.agreement", View: Agreement },
  { name: "costs", word: "hub.costs", View: Costs },
  { name: "scale", word: "hub.scale", View: Scale },
  { name: "actions", word: "hub.actions", View: Actions },
  { name: "lots", word: "hub.lots", View: Lots },
  { name: "designs", word: "hub.designs", View: Designs },
  { name: "workshops", word: "hub.workshops", View: Workshops },
  { name: "harvests", word: "hub.harvests", View: Harvests },
  { name: "releases", word: "hub.releases", View: Releases },
  { name: "people", word: "hub.people", View: People },
  { name: FIRST, word: "hub.first_steps", View: FirstSteps },
];

export class Views {
  #open = new Map();

  /** Makes the menu, a section for each view that the page does not have written out, and the views themselves. */
  constructor(api, house, failed) {
    this.house = house;
    this.live = new Live(api);
    for (const { name, word, View, count } of VIEWS) {
      const number = count && element("span", { id: count, class: "count" });
      find("#views").append(element("a", { href: `#${name}` }, say(word), number && " ", number));
      const section = find(`#${name}`) ?? element("section", { id: name, hidden: true });
      section.setAttribute("aria-label", say(word));
      find("main").append(section);
      this.#open.set(name, { section, view: new View(api, house, failed, this.live) });
    }
  }

  /** Whether leaving the page would lose what somebody noted. */
  get begun() {
    return [...this.#open.values()].some(({ view }) => view.begun);
  }

  hide() {
    this.live.enter(false);
    find("#views").hidden = true;
    for (const { section } of this.#open.values()) section.hidden = true;
  }

  /** The view that the address names. Where it names none: the first steps of an empty hub, else the flagged pieces. */
  show() {
    const [asked, ...rest] = location.hash.slice(1).split("/");
    const { open = false, inspection = true } = this.house.firstSteps ?? {};
    const usual = open && !inspection ? FIRST : VIEWS[0].name;
    const name = this.#open.has(asked) ? asked : usual;
    find("#views").hidden = false;
    this.live.enter(true);
    for (const [one, { section }] of this.#open) section.hidden = one !== name;
    for (const link of find("#views").children) {
      if (link.hash === `#${FIRST}`) link.hidden = !open && name !== FIRST;
      if (link.hash === `#${name}`) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "center" }); // a phone shows a part of the menu
      } else link.removeAttribute("aria-current");
    }
    for (const { view } of this.#open.values()) void view.count?.();
    this.#open.get(name).view.open(name === asked ? rest.map(decodeURIComponent).join("/") : "");
  }
}
