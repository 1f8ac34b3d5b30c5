// A lot's sample, in a dialog: the plan with its risks in plain words, the pieces that were drawn, each with its photo
// and what a person finds on it, and the decision.

import { element } from "../../shared/dom.js";
import { language, namedDefects, say, sayNumber, sayTime } from "../../shared/words.js";
import { showDialog } from "../section.js";
import { alonePart } from "./alone.js";

const SEVERITIES = ["minor", "major", "critical"];
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const button = (key, onclick, more = {}) => element("button", { class: "button small", type: "button", onclick, ...more }, say(key));

export class Sample {
  /** @param {boolean} mayDecide an engineer looks on */
  constructor({ api, house, failed }, lot, mayDecide) {
    Object.assign(this, { api, house, failed, lot, mayDecide });
    this.path = `/v1/lots/${encodeURIComponent(lot.id)}/checks`;
    this.body = element("div", { class: "sample-body" });
    this.trouble = element("p", { class: "notice", role: "alert", hidden: true });
  }

  async show() {
    const title = say("hub.sample.of", { lot: this.lot.id });
    const dialog = element("dialog", { class: "sample", "aria-label": title });
    const head = element("div", { class: "sample-head" }, element("h2", {}, title), button("hub.close", () => dialog.close()));
    dialog.append(head, this.trouble, this.body);
    const closed = showDialog(dialog);
    await this.#load();
    await closed;
  }

  async #load() {
    await this.#attempt(async () => {
      const found = await this.api.get(this.path);
      const open = found.items.find((check) => check.outcome === null);
      this.body.replaceChildren(...(open ? await this.#open(open) : this.#next(found)), ...this.#curves(open, found), this.#past(found));
    });
  }

  async #attempt(work) {
    this.trouble.hidden = true;
    try {
      await work();
    } catch (error) {
      this.trouble.textContent = this.failed(error);
      this.trouble.hidden = false;
    }
  }

  // Before it is drawn

  #next({ next }) {
    const parts = [element("p", {}, say(`hub.severity.${next.severity}`))];
    if (next.plans.length) parts.push(this.#plans(next.plans, false));
    if (next.left) {
      const { on_average: mean, at_most: most } = next.left;
      parts.push(element("p", {}, say("hub.sample.left", { mean: mean.toFixed(1), most })));
    }
    if (next.pending || !next.settled) parts.push(element("p", { role: "status" }, say("hub.sample.wait", { pending: next.pending, settled: next.settled })));
    else {
      if (this.mayDecide) parts.push(this.#drawing(next));
      const sample = { api: this.api, path: this.path, plans: (plans) => this.#plans(plans, false), attempt: (work) => this.#attempt(work) };
      parts.push(alonePart(sample, this.mayDecide ? (body) => this.#draw(body) : null));
    }
    return parts;
  }

  #draw(body) {
    return this.#attempt(async () => {
      await this.api.put(`${this.path}/${crypto.randomUUID()}`, body);
      await this.#load();
    });
  }

  #drawing(next) {
    const draw = (body) => this.#draw(body);
    if (next.severity === "stopped") return button("hub.sample.resume", () => draw({ resume: true }));
    const reduced = next.may_reduce && button("hub.sample.reduced", () => draw({ reduce: true }));
    return element("div", { class: "lot-buttons" }, button("hub.sample.draw", () => draw({})), reduced);
  }

  // While it is looked at

  async #open(check) {
    const pieces = await Promise.all(check.sample.map((piece) => this.api.get(`/v1/inspections/${piece.inspection}`)));
    const rows = check.sample.map((piece, at) => this.#piece(piece, pieces[at]));
    const told = say("hub.sample.looked", { looked: check.looked_at, pieces: check.sample.length });
    return [
      element("p", {}, say(`hub.severity.${check.severity}`)),
      this.#plans(check.plans, true),
      element("p", { role: "status", class: "sample-told" }, told, " ", check.by_plan ? say(`hub.byplan.${check.by_plan}`) : ""),
      this.mayDecide && check.by_plan ? this.#decision(check) : "",
      element("ul", { class: "sampled" }, rows),
    ];
  }

  #piece(piece, inspection) {
    const photo = inspection.photos[0];
    const image = element("img", { class: "sampled-photo", alt: say("hub.sample.photo", { piece: piece.piece ?? "–" }), loading: "lazy" });
    if (photo && !photo.removed_at) this.api.photo(photo.photo_url).then((url) => (image.src = url)).catch(() => {});
    const words = piece.looked_at ? (piece.worst ? say(`severity.${piece.worst}`) : say("hub.sample.good")) : say("hub.sample.unseen");
    return element(
      "li",
      { class: piece.looked_at ? "seen" : "" },
      image,
      element("div", {}, element("h3", {}, piece.piece ?? piece.inspection.slice(0, 8)), element("p", {}, words), !piece.looked_at && this.mayDecide && this.#verdict(piece, inspection)),
    );
  }

  /** What a person finds on a piece: nothing, or a defect of a kind and so severe. */
  #verdict(piece, inspection) {
    const kinds = namedDefects().map((name) => element("option", { value: name }, say(`defect.${name}`)));
    const kind = element("select", { class: "field", "aria-label": say("hub.sample.kind") }, kinds);
    const levels = SEVERITIES.map((name) => element("option", { value: name }, say(`severity.${name}`)));
    const level = element("select", { class: "field", "aria-label": say("hub.sample.level") }, levels);
    const send = (disposition, defects) => this.#attempt(async () => {
      const path = `/v1/inspections/${piece.inspection}/reviews/${crypto.randomUUID()}`;
      await this.api.put(path, { disposition, defects, after: inspection.review?.id ?? null });
      await this.#load();
    });
    const back = (disposition) => send(disposition, [{ defect: kind.value, severity: level.value }]);
    return element(
      "div",
      { class: "sampled-verdict" },
      button("hub.sample.accept", () => send("accept", [])),
      kind,
      level,
      button("hub.sample.rework", () => back("rework")),
      button("hub.sample.reject", () => back("reject")),
    );
  }

  #decision(check) {
    const note = element("input", { class: "field", maxlength: 500, placeholder: say("hub.sample.why"), "aria-label": say("hub.sample.why") });
    const decide = (outcome) => this.#attempt(async () => {
      await this.api.put(`${this.path}/${check.id}/decision`, { outcome, note: note.value.trim() });
      await this.#load();
    });
    return element("div", { class: "lot-buttons" }, note, button("hub.sample.take", () => decide("accept")), button("hub.sample.refuse", () => decide("refuse")));
  }

  // What stands in any case

  #plans(plans, counted) {
    const heads = ["hub.head.class", "hub.head.look", "hub.head.atmost", counted && "hub.head.found", "hub.head.risk"].filter(Boolean);
    const rows = plans.map((plan) => {
      const risk = say("hub.sample.risk", { good: percent(plan.mostly_accepted), bad: percent(plan.seldom_accepted) });
      const by = plan.aql !== null ? ` (AQL ${plan.aql})` : plan.limiting !== null ? ` (LQ ${plan.limiting} %)` : "";
      const name = say(`severity.${plan.of}`) + by;
      const cells = [sayNumber(plan.pieces), sayNumber(plan.accept), counted && sayNumber(plan.found)].filter((words) => words !== false);
      return element("tr", {}, element("th", { scope: "row" }, name), cells.map((words) => element("td", { class: "numeral" }, words)), element("td", {}, risk));
    });
    const words = ["hub.head.class", "hub.head.risk"];
    const cells = heads.map((key) => element("th", { scope: "col", class: words.includes(key) ? "" : "numeral" }, say(key)));
    return element("div", { class: "wide" }, element("table", {}, element("thead", {}, element("tr", {}, cells)), element("tbody", {}, rows)));
  }

  #curves(open, { next }) {
    if (!open && !next.plans.length) return [];
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const narrow = matchMedia("(max-width: 640px)").matches;
    const image = element("img", { class: "chart", alt: say("hub.sample.curve"), width: narrow ? 346 : 576, height: narrow ? 245 : 288 });
    const show = (event) => {
      if (!event.target.open || image.src) return;
      this.#attempt(async () => (image.src = await this.api.photo(`${this.path.replace(/checks$/, "sampling.svg")}?theme=${dark ? "dark" : "light"}&narrow=${narrow}&language=${language()}`)));
    };
    return [element("details", { ontoggle: show }, element("summary", {}, say("hub.sample.curves")), element("p", { class: "quiet" }, say("hub.sample.curve")), image)];
  }

  #past({ items }) {
    const decided = items.filter((check) => check.outcome !== null);
    const lines = decided.map((check) => {
      const found = check.plans.map((plan) => `${say(`severity.${plan.of}`)} ${plan.found}`).join(", ");
      const words = say(`hub.outcome.${check.outcome}`, { who: check.decided_by, at: sayTime(check.decided_at) });
      return element("li", {}, `${words} ${say("hub.sample.counts", { pieces: check.sample.length, found })}`, check.note && element("small", {}, check.note));
    });
    return lines.length ? element("section", { class: "sample-past" }, element("h3", {}, say("hub.sample.past")), element("ul", {}, lines)) : element("p", { class: "quiet" }, say("hub.sample.never"));
  }
}
