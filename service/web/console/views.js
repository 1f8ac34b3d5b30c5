// The views of the console, in the order of its menu.
// A view is a class with open(rest): the address `#pieces/7f3…` opens the view `pieces` with "7f3…", `#pieces` with "".

import { element, find } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { Actions } from "./actions/actions.js";
import { Agreement } from "./agreement/agreement.js";
import { Alerts } from "./alerts/alerts.js";
import { Costs } from "./costs/costs.js";
import { Designs } from "./designs/designs.js";
import { FirstSteps } from "./first/first.js";
import { Hand } from "./hand/hand.js";
import { Harvests } from "./harvests/harvests.js";
import { Live } from "./live.js";
import { Lots } from "./lots/lots.js";
import { Network } from "./network/network.js";
import { Numbers } from "./numbers/numbers.js";
import { People } from "./people/people.js";
import { Pieces } from "./pieces/pieces.js";
import { tellPlayed } from "./played.js";
import { Flagged } from "./queue/flagged.js";
import { Rates } from "./rates/rates.js";
import { Releases } from "./releases/releases.js";
import { Scale } from "./scale/scale.js";
import { Workshops } from "./workshops/workshops.js";

/** Of an empty hub, and gone from the menu once all of it is done. */
const FIRST = "first";

/**
 * The menu: groups, and the views of each. Name of the view, its word, and its class; `count` is the id of a number beside the
 * word.
 */
const GROUPS = [
  {
    word: "hub.group.work",
    views: [
      { name: "flagged", word: "hub.flagged", View: Flagged, count: "waiting" },
      { name: "alerts", word: "hub.alerts", View: Alerts, count: "alerts-open" },
      { name: "pieces", word: "hub.pieces", View: Pieces },
      { name: "hand", word: "hub.hand", View: Hand },
      { name: "lots", word: "hub.lots", View: Lots },
      { name: "actions", word: "hub.actions", View: Actions },
    ],
  },
  {
    word: "hub.group.figures",
    views: [
      { name: "network", word: "hub.network", View: Network },
      { name: "rates", word: "hub.rates", View: Rates },
      { name: "numbers", word: "hub.numbers", View: Numbers },
      { name: "agreement", word: "hub.agreement", View: Agreement },
      { name: "costs", word: "hub.costs", View: Costs },
      { name: "scale", word: "hub.scale", View: Scale },
    ],
  },
  {
    word: "hub.group.house",
    views: [
      { name: "workshops", word: "hub.workshops", View: Workshops },
      { name: "designs", word: "hub.designs", View: Designs },
      { name: "releases", word: "hub.releases", View: Releases },
      { name: "harvests", word: "hub.harvests", View: Harvests },
      { name: "people", word: "hub.people", View: People },
    ],
  },
  { word: "hub.first_steps", views: [{ name: FIRST, word: "hub.first_steps", View: FirstSteps }] },
];
const USUAL = GROUPS[0].views[0].name;
/** Where one comes first, and where the whole network is shown. */
const TELL_PLAYED = new Set([USUAL, "network"]);

export class Views {
  #open = new Map();

  /** Makes the menu, a section for each view that the page does not have written out, and the views themselves. */
  constructor(api, house, failed) {
    this.house = house;
    this.live = new Live(api);
    for (const { word, views } of GROUPS) {
      const group = element("a", { href: `#${views[0].name}` }, say(word));
      find("#groups").append(group);
      for (const about of views) this.#make(about, group, (View) => new View(api, house, failed, this.live));
    }
  }

  #make({ name, word, View, count }, group, made) {
    const number = count && element("span", { id: count, class: "count" });
    const link = element("a", { href: `#${name}` }, say(word), number && " ", number);
    find("#views").append(link);
    const section = find(`#${name}`) ?? element("section", { id: name, hidden: true });
    section.setAttribute("aria-label", say(word));
    find("main").append(section);
    this.#open.set(name, { section, view: made(View), group, link });
  }

  /** Whether leaving the page would lose what somebody noted. */
  get begun() {
    return [...this.#open.values()].some(({ view }) => view.begun);
  }

  hide() {
    this.live.enter(false);
    this.#menu(false);
    for (const { section } of this.#open.values()) section.hidden = true;
  }

  /** The view that the address names. Where it names none: the first steps of an empty hub, else the flagged pieces. */
  show() {
    const [asked, ...rest] = location.hash.slice(1).split("/");
    const { open = false, inspection = true } = this.house.firstSteps ?? {};
    const usual = open && !inspection ? FIRST : USUAL;
    const name = this.#open.has(asked) ? asked : usual;
    this.#menu(true);
    tellPlayed(this.house, TELL_PLAYED.has(name));
    this.live.enter(true);
    const { group } = this.#open.get(name);
    for (const [one, { section, link, group: its }] of this.#open) {
      section.hidden = one !== name;
      link.hidden = its !== group || one === FIRST; // which is in the row of groups already
      if (one === FIRST) its.hidden = !open && name !== FIRST;
      mark(link, one === name && "page");
      mark(its, its === group && "true");
    }
    group.hash = name; // one comes back to where one was
    this.#open.get(name).link.scrollIntoView({ block: "nearest", inline: "center" }); // a phone shows a part of the menu
    for (const { view } of this.#open.values()) void view.count?.();
    this.#open.get(name).view.open(name === asked ? rest.map(decodeURIComponent).join("/") : "");
  }

  #menu(shown) {
    for (const id of ["#groups", "#views"]) find(id).hidden = !shown;
    find("#played").hidden = true;
  }
}

const mark = (link, current) => (current ? link.setAttribute("aria-current", current) : link.removeAttribute("aria-current"));
