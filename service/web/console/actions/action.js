// One corrective action: where it stands, every step with who, when and why, what is to be done next, whether it
// helped, and her pieces with their marks.

import { element } from "../../shared/dom.js";
import { photoFigure } from "../../shared/photo.js";
import { newUuid } from "../../shared/token.js";
import { say, sayDate, sayNumber, sayTime } from "../../shared/words.js";
import { facts, part } from "../page.js";
import { courseMark, titleOf } from "./course.js";
import { effectPart } from "./effect.js";

/** What she answers by word of mouth is noted; a way back stands last. */
const ORDER = ["told", "answered", "watched", "effective", "reopened", "dropped", "undone"];
const MAIN = { opened: "told", answered: "watched", watched: "effective" };
const NEED_WHY = ["answered", "effective", "dropped", "reopened"];

export class ActionPage {
  constructor(page) {
    Object.assign(this, { page, api: page.api, house: page.house });
  }

  async open(id, said = "") {
    this.id = id;
    await this.page.attempt(async () => {
      const found = await this.api.get(`/v1/corrective-actions/${encodeURIComponent(id)}`);
      if (this.id === id && location.hash === `#actions/${id}`) this.#fill(found);
    });
    if (said) this.page.say(said);
  }

  #fill(action) {
    const { microfactory } = action;
    const tools = element("a", { class: "button small", href: `#workshops/${microfactory}` }, say("hub.workshop"));
    this.page.show(
      titleOf(action, this.house),
      { back: ["#actions", say("hub.actions")], tools: [tools] },
      this.#what(action),
      part(say("hub.action_course"), element("ol", { class: "events course-steps" }, action.steps.map((one) => this.#step(one)))),
      action.may.length > 0 && this.#next(action),
      action.effect && effectPart(action),
      this.#examples(action),
    );
  }

  #what({ due_at: due, overdue, watch, inspection, ...action }) {
    const until = due && (overdue ? `${sayDate(due)}: ${say("hub.action_overdue")}` : sayDate(due));
    return part(
      say("hub.what_it_is"),
      facts(
        [say("hub.state"), courseMark(action)],
        [say("hub.action_due_until"), until && element("span", { class: overdue ? "overdue" : "" }, until)],
        [say("hub.action_watch_next"), sayNumber(watch)],
        [say("hub.piece"), inspection && element("a", { href: `#pieces/${inspection}` }, say("hub.action_opened_from"))],
      ),
    );
  }

  // What comes next

  #next(action) {
    const field = element("textarea", { class: "field", name: "why", rows: 2, maxlength: 1000, id: "action-why" });
    const label = element("label", { class: "labelled", for: "action-why" }, element("span", {}, say("hub.action_word")), field, element("small", { class: "quiet" }, say("hub.action_word_hint")));
    const steps = ORDER.filter((step) => action.may.includes(step));
    const done = action.state === "watched" && action.effect?.whole;
    const main = action.state === "watched" && !done ? null : MAIN[action.state]; // not before all pieces are there
    const buttons = steps.map((step) => {
      const words = step === "told" && action.state !== "opened" ? say("hub.action_tell_again") : say(`hub.take.${step}`);
      const look = step === main ? "button main" : "button";
      return element("button", { class: look, type: "button", onclick: () => this.#take(action, step, field) }, words);
    });
    return part(say("hub.action_next"), element("p", { class: "quiet" }, done ? say("hub.action_judge") : say(`hub.next.${action.state}`)), label, element("div", { class: "page-buttons" }, buttons));
  }

  async #take({ id, last }, step, field) {
    const why = field.value.trim();
    if (NEED_WHY.includes(step) && !why) {
      this.page.fail(say("hub.action_needs_why"));
      return field.focus();
    }
    const path = `/v1/corrective-actions/${id}/steps/${newUuid()}`;
    if (!(await this.page.attempt(() => this.api.put(path, { step, why, after: last })))) return null;
    return this.open(id, `${say(`hub.took.${step}`)}.`);
  }

  // What was seen, said and done

  #examples({ examples, defect }) {
    if (!examples.length) return part(say("hub.action_pieces"), element("p", { class: "quiet" }, say("hub.action_no_pieces")));
    const name = say(`defect.${defect}`, {}, defect);
    const shown = examples.map(({ inspection, photo_url: url, width, height, marks, received_at: at }) => {
      const place = element("div", { class: "example-photo" }, element("p", { class: "quiet" }, url ? say("loading") : say("hub.photo_gone")));
      if (url) {
        const figure = (src) => photoFigure({ src, heat: null, alt: name, width, height, marks: marks.map((box) => ({ box })), numerals: 1.4 });
        this.api.photo(`${url}?width=320`).then((src) => place.replaceChildren(figure(src)), () => place.replaceChildren(say("hub.photo_gone")));
      }
      return element("li", {}, place, element("a", { href: `#pieces/${inspection}` }, sayTime(at)));
    });
    return part(say("hub.action_pieces"), element("ul", { class: "examples" }, shown));
  }

  #step({ step, side, by, at, said_at: said, note, phrases, voice_url: voice, voice_removed_at: gone, undone }) {
    const player = voice && element("audio", { controls: true, preload: "none", "aria-label": say("hub.voice_note") });
    if (player) this.api.photo(voice).then((src) => (player.src = src), () => player.remove());
    const who = side === "workshop" ? say("hub.action_phone", { label: by }) : by;
    return element(
      "li",
      { class: undone ? "undone" : "" },
      element("strong", {}, say(`hub.took.${step}`)),
      element("span", { class: "quiet" }, ` ${who}, ${sayTime(said ?? at)}`),
      undone && element("span", { class: "quiet" }, ` · ${say("hub.action_was_undone")}`),
      phrases.map((key) => element("blockquote", {}, say(`changed.${key}`, {}, key))),
      note && element("blockquote", {}, note),
      player,
      gone && element("p", { class: "quiet" }, say("hub.action_voice_gone")),
    );
  }
}
