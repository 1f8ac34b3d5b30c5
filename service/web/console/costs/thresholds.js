// Thresholds by class: what is in force, what others would have done, and how they are set and taken back.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { choice, input, labelled, part } from "../page.js";
import { wide } from "../numbers/figure.js";
import { percent } from "../numbers/glance.js";
import { table } from "./curve.js";

const WEEKS = [1, 2, 4, 8, 13, 26, 52];
const WHY = { required: true, minlength: 3, maxlength: 500, name: "why" };
const numeral = (words) => element("td", { class: "numeral" }, words);
const head = (words) => element("th", { scope: "row" }, words);
const shown = (value) => (value >= 1 ? "1" : value.toPrecision(3));

export class Thresholds {
  constructor(page, now, again) {
    Object.assign(this, { page, now, again });
    this.weeks = "4";
    this.may = page.may("admin");
  }

  show() {
    const { now } = this;
    this.fields = new Map(now.classes.map((one) => [one.defect, this.#field(one)]));
    const rows = now.classes.map((one) => [head(say(`defect.${one.defect}`, {}, one.defect)), numeral(shown(one.own)), numeral(shown(one.now)), numeral(this.fields.get(one.defect))]);
    const heads = ["hub.threshold.class", "hub.threshold.own", "hub.threshold.now", "hub.threshold.asked"];
    this.effect = element("div", { class: "effect", role: "status" });
    const weeks = choice("weeks", this.weeks, WEEKS.map((one) => [String(one), say("hub.threshold.weeks", { count: one })]));
    weeks.addEventListener("change", () => (this.weeks = weeks.value));
    const ask = element("button", { class: "button main", type: "button", onclick: () => this.#ask() }, say("hub.threshold.show"));
    return part(
      say("hub.thresholds"),
      element("p", { class: "quiet" }, say("hub.threshold.about", { name: now.release })),
      element("p", now.promise.holds ? { class: "quiet" } : { class: "notice" }, say(now.promise.holds ? "hub.threshold.holds" : "hub.threshold.broken"), " ", element("span", { lang: "en" }, now.sentence)),
      !now.keeps_scores && element("p", { class: "quiet" }, say("hub.threshold.no_scores")),
      wide(say("hub.thresholds"), table(heads, rows, say("hub.numbers.none"))),
      element("div", { class: "page-buttons effect-ask" }, labelled(say("hub.threshold.over"), weeks), ask),
      this.effect,
      this.#history(),
    );
  }

  #field({ defect, now, off }) {
    const label = say("hub.threshold.field", { name: say(`defect.${defect}`, {}, defect) });
    const field = input(`threshold-${defect}`, shown(now), { type: "number", step: "any", min: 0.000001, max: 1, disabled: off, "aria-label": label });
    field.addEventListener("input", () => this.effect.replaceChildren()); // the effect of others is not left standing
    return field;
  }

  /** Of all classes that differ from the release's own: what was typed, else what is in force. */
  #asked() {
    const typed = this.now.classes.map(({ defect, own, now }) => {
      const { value } = this.fields.get(defect);
      return [defect, own, value === shown(now) ? now : Number(value)];
    });
    return Object.fromEntries(typed.filter(([, own, value]) => value !== own).map(([defect, , value]) => [defect, value]));
  }

  async #ask() {
    const thresholds = this.#asked();
    await this.page.attempt(async () => {
      const body = { release: this.now.release, thresholds, weeks: Number(this.weeks) };
      this.#tell(await this.page.api.send("POST", "/v1/threshold-effects", body), thresholds);
    });
  }

  #tell(effect, thresholds) {
    const { added, removed, promise } = effect;
    const reviews = { before: figure(effect.reviews_a_week_before), after: figure(effect.reviews_a_week_after) };
    this.effect.replaceChildren(
      element("h4", {}, say("hub.effect", { pieces: effect.pieces, count: effect.weeks })),
      element("p", {}, say("hub.effect.reviews", reviews)),
      element("p", {}, say("hub.effect.added", { pieces: added.pieces }), " ", known(added, "hub.effect.caught", "hub.effect.falsely")),
      element("p", {}, say("hub.effect.removed", { pieces: removed.pieces }), " ", known(removed, "hub.effect.escape", "hub.effect.spared")),
      ...[effect.truncated && element("p", { class: "quiet" }, say("hub.costs.truncated"))].filter(Boolean),
      promiseTable(promise),
      ...[...new Set(promise.lines.map((line) => line.how))].map((how) => element("p", { class: "quiet" }, say(`hub.how.${how}`))),
      element("p", promise.holds ? { class: "quiet" } : { class: "notice" }, say(promise.holds ? "hub.effect.holds" : "hub.effect.breaks")),
      ...[this.may && this.#set(effect, thresholds)].filter(Boolean),
    );
  }

  #set(effect, thresholds) {
    const why = input("why", "", WHY);
    const forced = element("input", { type: "checkbox", id: "threshold-force", required: true });
    const past = !effect.promise.holds && element("label", { class: "check" }, forced, say("hub.effect.force"));
    const onsubmit = async (event) => {
      event.preventDefault();
      const body = { release: effect.release, seen: effect.policy, thresholds, why: why.value.trim(), force: Boolean(past) && forced.checked };
      await this.#done(() => this.page.api.send("POST", "/v1/threshold-policies", body));
    };
    return element("form", { class: "effect-set", onsubmit }, labelled(say("hub.why"), why, say("hub.why_kept")), past, element("button", { class: "button main" }, say("hub.effect.set")));
  }

  #history() {
    const { history, policy } = this.now;
    if (history.length === 0) return element("p", { class: "quiet" }, say("hub.threshold.never"));
    const rows = history.map((one) =>
      element(
        "li",
        {},
        element("strong", {}, say(one.undoes === null ? "hub.threshold.set_by" : "hub.threshold.undone_by", { number: String(one.number), undoes: String(one.undoes), name: one.by, time: sayTime(one.at) })),
        ` ${one.why} `,
        element("span", { class: "quiet" }, changed(one.thresholds)),
        one.forced && element("span", { class: "state-mark rejected" }, say("hub.threshold.forced")),
        this.may && one.number === policy && this.#undo(one),
      ),
    );
    return element("details", { open: true }, element("summary", {}, say("hub.threshold.history")), element("ol", { class: "versions", reversed: true }, rows));
  }

  #undo(one) {
    const why = input("why", "", WHY);
    const forced = element("input", { type: "checkbox", id: "undo-force" });
    const past = element("label", { class: "check", hidden: true }, forced, say("hub.effect.force"));
    const onsubmit = async (event) => {
      event.preventDefault();
      const body = { why: why.value.trim(), force: forced.checked };
      // What is not held by the release's promise may be set again, knowingly.
      await this.#done(() => this.page.api.send("POST", `/v1/threshold-policies/${one.number}/undo`, body), () => (past.hidden = false));
    };
    const form = element("form", { class: "effect-set", onsubmit }, labelled(say("hub.why"), why), past, element("button", { class: "button small" }, say("hub.threshold.undo")));
    return element("details", {}, element("summary", {}, say("hub.threshold.undo")), form);
  }

  async #done(work, refused = () => {}) {
    let done = false;
    await this.page.attempt(async () => {
      try {
        await work();
        done = true;
      } catch (error) {
        if (error.type === "/problems/promise") refused();
        throw error;
      }
    });
    if (done) await this.again(say("hub.effect.done"));
  }
}

const figure = (value) => sayNumber(Number(value.toFixed(1)));
const changed = (thresholds) => Object.entries(thresholds).map(([name, value]) => `${say(`defect.${name}`, {}, name)}: ${shown(value)}`).join("; ") || say("hub.threshold.all_own");

/** Of the moved pieces: how many people decided, and what is expected of all. */
function known(moved, bad, good) {
  if (moved.pieces === 0) return "";
  if (moved.defective_expected === null) return say("hub.effect.unknown");
  const expected = (word, value, [low, high]) => say(word, { count: figure(value), low: figure(low), high: figure(high) });
  const told = [expected(bad, moved.defective_expected, moved.defective_interval), expected(good, moved.good_expected, moved.good_interval)];
  return `${say("hub.effect.decided", { decided: moved.decided, defective: moved.defective })} ${told.join(" ")}`;
}

function promiseTable(promise) {
  const rows = promise.lines.map((line) => [
    head(say("hub.promise.beside", { count: line.approved_photos })),
    numeral(line.promised === null ? "–" : percent(line.promised, 0)),
    numeral(line.missed === null ? "–" : say("hub.passed.of", { passed: line.missed, decided: line.defective })),
    numeral(line.bound === null ? "–" : percent(line.bound, 0)),
    numeral(line.flagged === null ? "–" : say("hub.passed.of", { passed: line.flagged, decided: line.clean })),
    numeral(say(line.holds ? "hub.promise.yes" : "hub.promise.no")),
  ]);
  const heads = ["hub.promise.approved", "hub.promise.promised", "hub.promise.missed", "hub.promise.bound", "hub.promise.flagged", "hub.promise.does"];
  return wide(say("hub.promise.does"), table(heads, rows, say("hub.numbers.none")));
}
