// One machine or a thousand workshops: both beside each other, what turns the answer, and every assumption.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { firstDay, whoseDays } from "../days.js";
import { windows } from "../costs/costs.js";
import { kes, kesShort, table } from "../costs/curve.js";
import { EnteredForm } from "../costs/entered.js";
import { Figure, wide } from "../numbers/figure.js";
import { percent } from "../numbers/glance.js";
import { Page, part } from "../page.js";
import { tornado } from "./tornado.js";

const WINDOWS = [90, 365];
const MODES = ["power", "machine", "person", "drawing", "road"];
/** Volumes that are shown in the table; the file has all. */
const SHOWN = 6;
const head = (words) => element("th", { scope: "row" }, words);
const numeral = (words) => element("td", { class: "numeral" }, words);

/** Which they are of, in the order of the form. */
const GROUPS = { both: "hub.scale.both", network: "hub.scale.workshops", factory: "hub.scale.factory" };

export class Scale {
  constructor(api, house, failed) {
    this.page = new Page("scale", { api, house, failed });
    Object.assign(this, { api, house, failed });
    this.days = 365;
    this.asked = 0;
  }

  async open() {
    const asked = ++this.asked;
    this.#show(element("p", { class: "quiet", role: "status" }, say("hub.numbers.loading")));
    await this.page.attempt(async () => {
      const found = await this.api.get(this.#path());
      if (asked !== this.asked) return; // another window was asked for meanwhile
      this.#show(element("p", { class: "scale-about" }, say("hub.scale.about")), glance(found), this.#volumes(found), beside(found), modes(), sensitivity(found), this.#form(found));
    });
  }

  #show(...parts) {
    this.page.show(say("hub.scale.title"), { tools: windows(this, WINDOWS) }, whoseDays(this.page.house), ...parts);
  }

  #path(what = "", more = {}) {
    const since = firstDay(this.page.house, this.days);
    return `/v1/scale${what}?${new URLSearchParams({ since, ...more })}`;
  }

  #volumes(found) {
    const every = Math.floor(found.volumes.length / SHOWN);
    const rows = found.volumes
      .filter((_, place) => place % every === 0)
      .map((one) => [
        head(sayNumber(Math.round(one.demand))),
        numeral(kes(one.network)),
        numeral(ends(one.network_interval)),
        numeral(kes(one.factory)),
        numeral(ends(one.factory_interval)),
        numeral(percent(one.network_cheaper, 0)),
      ]);
    const heads = ["hub.scale.volume", "hub.scale.workshops", "hub.head.interval", "hub.scale.factory", "hub.head.interval", "hub.scale.share"];
    const figure = new Figure(this.api, this.failed, {
      name: "workshops-or-factory",
      title: say("hub.scale.volumes"),
      define: [say("hub.scale.read"), evenWords(found), say("hub.scale.draws")],
      path: (what, more = {}) => this.#path(what, more),
    });
    return figure.show(table(heads, rows, say("hub.numbers.none")), { chart: true });
  }

  #form(found) {
    const figures = found.assumptions.filter((one) => one.name !== "escape").map((one) => ({ ...one, entered: one.source === "entered", source_words: say(`hub.from.${one.source}`), group: say(GROUPS[one.of]) }));
    const again = (done) => this.open().then(() => this.page.say(done));
    const form = new EnteredForm(this.page, "hub.assume", "/v1/scale/assumptions", again);
    const escape = found.assumptions.find((one) => one.name === "escape");
    const about = [say("hub.scale.assume"), say("hub.scale.escape", { kes: kes(escape.value) })].join(" ");
    return form.show(say("hub.scale.assumptions"), { version: found.version, figures, history: found.history }, about);
  }
}

const ends = ([low, high]) => `${kes(low)} – ${kes(high)}`;
const rounded = (value) => sayNumber(Number(value.toPrecision(2)));

function glance(found) {
  const told = (word, value, ...lines) => element("div", {}, element("h3", {}, say(word)), element("p", { class: "costs-large" }, value), lines.map((line) => element("p", { class: "quiet" }, line)));
  const cheaper = found.difference < 0 ? "hub.scale.less" : "hub.scale.more";
  return element(
    "section",
    { class: "glance", "aria-label": say("hub.costs.glance") },
    told("hub.scale.answer", say(cheaper, { kes: kes(Math.abs(found.difference)) }), say("hub.scale.sure", { between: ends(found.difference_interval) }), say("hub.scale.cheaper", { share: percent(found.network_cheaper, 0) })),
    told("hub.scale.workshops", kes(found.network.cost), say("hub.glance.sure", { between: ends(found.network.cost_interval) }), say("hub.scale.sites", { sites: rounded(found.network.sites) })),
    told("hub.scale.factory", kes(found.factory.cost), say("hub.glance.sure", { between: ends(found.factory.cost_interval) }), say("hub.scale.sites", { sites: rounded(found.factory.sites) })),
    told("hub.scale.even", found.break_even === null ? "–" : rounded(found.break_even), evenWords(found)),
  );
}

function evenWords(found) {
  if (found.always !== null) return say(found.always === "network" ? "hub.scale.always_network" : "hub.scale.always_factory");
  const [low, high] = found.break_even_interval ?? [found.break_even, found.break_even];
  return say("hub.scale.even_at", { at: rounded(found.break_even), low: rounded(low), high: rounded(high), share: percent(found.break_even_share, 0) });
}

/** All that is weighed, each for both; then what a piece's cost is made of. */
function beside(found) {
  const { network, factory } = found;
  const row = (word, of) => [head(say(word)), numeral(of(network)), numeral(of(factory))];
  const rows = [
    row("hub.scale.cost", (side) => kes(side.cost)),
    row("hub.scale.lead", (side) => say("hub.scale.days", { days: rounded(side.lead_days) })),
    row("hub.scale.first_pass", (side) => percent(side.first_pass)),
    row("hub.scale.spread", (side) => `± ${percent(side.spread)}`),
    row("hub.scale.stops", (side) => percent(side.one_stops)),
    row("hub.scale.waits", (side) => percent(side.waits)),
    row("hub.scale.half", (side) => (side.half_missing < 0.0005 ? say("hub.scale.never") : percent(side.half_missing))),
    row("hub.scale.risk", (side) => kesShort(side.at_risk)),
    row("hub.scale.capital", (side) => kesShort(side.capital)),
  ];
  const parts = found.parts.map((one) => [head(say(`hub.part.${one.name}`)), numeral(kes(one.network)), numeral(kes(one.factory))]);
  return part(
    say("hub.scale.beside"),
    wide(say("hub.scale.beside"), table(["hub.scale.what", "hub.scale.workshops", "hub.scale.factory"], rows, "")),
    element("h4", {}, say("hub.scale.made_of")),
    wide(say("hub.scale.made_of"), table(["hub.scale.what", "hub.scale.workshops", "hub.scale.factory"], parts, "")),
  );
}

function modes() {
  const rows = MODES.map((name) => [head(say(`hub.mode.${name}`)), element("td", {}, say(`hub.mode_network.${name}`)), element("td", {}, say(`hub.mode_factory.${name}`))]);
  const heads = ["hub.scale.what", "hub.scale.workshops", "hub.scale.factory"].map((key) => element("th", { scope: "col" }, say(key)));
  const body = element("tbody", {}, rows.map((row) => element("tr", {}, row)));
  return part(say("hub.scale.modes"), wide(say("hub.scale.modes"), element("table", { class: "modes" }, element("thead", {}, element("tr", {}, heads)), body)));
}

function sensitivity(found) {
  const turning = found.sensitivity.filter((one) => one.turns).length;
  const words = say(turning ? "hub.scale.turning" : "hub.scale.none_turns", { count: turning });
  return part(say("hub.scale.sensitivity"), element("p", { class: "quiet" }, say("hub.scale.moved"), " ", words), tornado(found));
}
