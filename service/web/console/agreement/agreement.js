// How far decisions hold: appeals that were right, people beside each other, and people beside what is known.

import { element, find } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { whoseDays } from "../days.js";
import { named as inWords } from "../named.js";
import { table } from "../section.js";

const WINDOWS = [30, 90, 365];

export class Agreement {
  constructor(api, house, failed) {
    Object.assign(this, { api, house, failed });
    this.days = 90;
  }

  async open() {
    const { days } = this;
    const asked = `window_days=${days}`;
    // An engineer decides no pieces, and has no figures of people.
    const decides = this.house.me.role !== "engineer";
    try {
      const [overturned, agreement] = await Promise.all([
        this.api.get(`/v1/overturn-rate?${asked}`),
        decides ? this.api.get(`/v1/agreement?${asked}`) : null,
      ]);
      if (this.days !== days) return; // another window was asked for meanwhile
      this.#fill(overturnedPart(overturned), ...(agreement ? partsOf(agreement) : []));
    } catch (error) {
      this.#fill(element("p", { class: "notice", role: "alert" }, this.failed(error)));
    }
  }

  #fill(...parts) {
    const choose = (days) => {
      this.days = days;
      this.#fill(); // figures of another window are not left standing under this one's name
      void this.open();
    };
    const buttons = WINDOWS.map((days) =>
      element(
        "button",
        { class: "button small", type: "button", "aria-pressed": String(days === this.days), onclick: () => choose(days) },
        say("hub.days", { count: sayNumber(days) }),
      ),
    );
    const head = element("div", { class: "agreement-head" }, element("h2", {}, say("hub.agreement")), buttons);
    find("#agreement").replaceChildren(head, whoseDays(this.house), ...parts);
  }
}

const percent = (share) => `${Math.round(100 * share)} %`;
const between = (ends) => (ends ? `${percent(ends[0])} – ${percent(ends[1])}` : "–");
const rounded = (value) => value.toFixed(2);
const cell = (...words) => element("td", { class: "numeral" }, ...words);
const named = (words) => element("th", { scope: "row" }, words);

function part(title, about, ...content) {
  return element("section", { "aria-label": title }, element("h3", {}, title), element("p", { class: "quiet" }, about), ...content);
}

function overturnedPart(rate) {
  const kinds = [
    [say("hub.overturned.all"), rate.all],
    [say("hub.overturned.decisions"), rate.decisions],
    [say("hub.overturned.flags"), rate.flags],
  ];
  const rows = kinds.map(([words, { decided, overturned, share, interval }]) =>
    element(
      "tr",
      {},
      named(words),
      cell(say("hub.of", { part: sayNumber(overturned), all: sayNumber(decided) })),
      cell(share === null ? "–" : percent(share)),
      cell(between(interval)),
    ),
  );
  const heads = [say("hub.overturned"), say("hub.overturned.of"), say("hub.share"), say("hub.interval")];
  return part(say("hub.overturned"), say("hub.overturned.about"), table(say("hub.overturned"), heads, rows, ""));
}

function partsOf({ least, people, all, pairs, classes }) {
  const heads = (first) => [first, say("hub.agreed"), say("hub.share"), say("hub.interval"), "AC2", say("hub.interval"), say("hub.kappa")];
  const lines = (one) => [
    [say("hub.beside.others"), one.others],
    [say("hub.beside.known"), one.known],
  ];
  const ofPeople = people.flatMap((one) =>
    lines(one).flatMap(([words, { now, before }]) => [
      row(`${one.name}: ${words}`, now, least),
      before.n > 0 && row(`${one.name}: ${words}, ${say("hub.before")}`, before, least),
    ]),
  );
  const parts = [
    part(say("hub.people.agree"), say("hub.people.about", { least }), table(say("hub.people.agree"), heads(say("hub.who")), ofPeople.filter(Boolean), "")),
  ];
  if (!all) return parts;
  const both = [row(say("hub.everybody"), all, least), ...pairs.map(({ names, figures }) => row(names.join(" – "), figures, least))];
  const ofClasses = classes.map(({ defect, figures }) => row(inWords("defect", defect), figures, least));
  parts.push(
    part(say("hub.pairs"), say("hub.pairs.about"), table(say("hub.pairs"), heads(say("hub.who")), both, "")),
    part(say("hub.classes"), say("hub.classes.about"), table(say("hub.classes"), heads(say("hub.class")), ofClasses, say("hub.none"))),
  );
  return parts;
}

function row(words, { n, agreed, share, interval, ac2, ac2_interval: ends, variance_kappa: kappa }, least) {
  const counted = say("hub.of", { part: sayNumber(agreed), all: sayNumber(n) });
  if (share === null) return element("tr", {}, named(words), cell(counted), element("td", { colspan: 5, class: "quiet" }, say("hub.few", { least })));
  const figures = [counted, percent(share), between(interval), rounded(ac2), ends ? ends.map(rounded).join(" – ") : "–", kappa === null ? "–" : rounded(kappa)];
  return element("tr", {}, named(words), ...figures.map((figure) => cell(figure)));
}
