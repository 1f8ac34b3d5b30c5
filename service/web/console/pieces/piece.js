// One piece: every inspection of it with its photos, what the machine said, what people decided, and what it stands for.

import { element } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayTime } from "../../shared/words.js";
import { facts, inAddress, Page, part } from "../page.js";
import { designOf, designSection } from "../piece/designs.js";
import { saidPhrases } from "../piece/phrases.js";
import { standsSection } from "../piece/stands.js";
import { photosPart } from "./photos.js";
import { kindOf, stateMark } from "./states.js";

const DECIDED = { accept: "hub.accepted_by", rework: "hub.rework_by", reject: "hub.rejected_by" };
const OUTCOMES = { waiting: "hub.appeal_waits", overturned: "hub.appeal_overturned", upheld: "hub.appeal_upheld" };

export class PiecePage {
  constructor(api, house, failed) {
    this.page = new Page("pieces", { api, house, failed });
    Object.assign(this, { api, house });
  }

  /** @param {string} back  the address of the list that it was chosen from */
  async open(id, back) {
    const asked = (this.asked = newUuid());
    this.page.say();
    this.page.show(say("hub.piece"), { back: [back, say("hub.pieces")] });
    await this.page.attempt(async () => {
      const found = await this.api.get(`/v1/pieces/${encodeURIComponent(id)}`);
      if (this.asked === asked && location.hash === `#pieces/${id}`) this.#fill(id, found, back);
    });
  }

  #fill(id, found, back) {
    const counted = found.inspections.find((one) => one.id === found.counts) ?? found.inspections[0];
    const { piece, lot } = counted;
    const title = [piece ?? say("hub.no_code"), lot].filter(Boolean).join(" · ");
    const copy = element("button", { class: "button small", type: "button", onclick: () => this.#copy(id) }, say("hub.copy_link"));
    const words = found.waits ? say("hub.decide_on_it") : say("hub.open_in_review");
    const review = element("a", { class: "button small", href: `#flagged/${counted.id}` }, words);
    this.page.show(
      title,
      { back: [back, say("hub.pieces")], tools: [copy, this.#follow(counted), review].filter(Boolean) },
      this.#what(counted, found),
      this.#otherDesign(counted),
      standsSection(counted, this.house, this.api),
      found.inspections.map((one) => this.#inspection(one, found, one === counted)),
    );
  }

  /** A corrective action of what a person confirmed on it, as far as that is one class. */
  #follow({ id, microfactory, status, review, photos }) {
    if (!this.page.may("reviewer", "admin") || !["rework", "rejected", "accepted"].includes(status)) return null;
    const left = status === "accepted" ? [] : photos.flatMap(({ defects }) => defects);
    const classes = new Set((review?.defects ?? left).map(({ defect }) => defect));
    if (classes.size === 0) return null;
    const [only] = classes;
    const href = `#actions/new/microfactory=${inAddress(microfactory)}&inspection=${id}${classes.size === 1 ? `&defect=${inAddress(only)}` : ""}`;
    return element("a", { class: "button small", href }, say("hub.action_new"));
  }

  #otherDesign(counted) {
    const told = designSection(counted, this.house, this.api, null);
    if (told) told.classList.add("part");
    return told;
  }

  async #copy(id) {
    const link = new URL(`#pieces/${id}`, location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      this.page.say(say("hub.link_copied"));
    } catch {
      this.page.say(link); // no clipboard without https, or it was not allowed
    }
  }

  #what(counted, { stands_for: stands }) {
    const { house } = this;
    const { status, microfactory, design, lot, release } = counted;
    const now = stands.filter(({ removed_at: at }) => !at).map((one) => this.#stands(one));
    const before = stands.filter(({ removed_at: at }) => at).map((one) => this.#stood(one));
    return part(
      say("hub.what_it_is"),
      facts(
        [say("hub.state"), stateMark(status)],
        [say("hub.workshop"), element("a", { href: `#workshops/${microfactory}` }, house.workshops.get(microfactory)?.name ?? microfactory)],
        [say("hub.design"), element("a", { href: `#designs/${design}` }, designOf(counted, house))],
        [say("hub.lot"), lot && element("a", { href: `#pieces/lot=${encodeURIComponent(encodeURIComponent(lot))}` }, lot)],
        [say("hub.judged_by"), element("a", { href: `#releases/${release}` }, release)],
      ),
      [...now, ...before].map((line) => element("p", { class: "quiet" }, line)),
    );
  }

  #stands({ design, added_by: by, added_at: at }) {
    return say("hub.stands_since", { design: this.#design(design), by, at: sayTime(at) });
  }

  #stood({ design, removed_by: by, removed_at: at }) {
    return say("hub.stood_until", { design: this.#design(design), by, at: sayTime(at) });
  }

  #design(id) {
    return this.house.designs.get(id)?.name ?? id;
  }

  #inspection(one, { decisions, appeals }, counts) {
    const own = ({ inspection }) => inspection === one.id;
    const events = [
      ...decisions.filter(own).map((decision) => ({ at: decision.at, line: this.#decision(decision) })),
      ...appeals.filter(own).map((appeal) => ({ at: appeal.at, line: this.#appeal(appeal) })),
    ].sort((a, b) => a.at.localeCompare(b.at));
    const level = say(`variance.${one.variance.level}`);
    const section = part(
      say("hub.inspected_at", { at: sayTime(one.received_at) }),
      element("p", {}, stateMark(one.status), " ", counts && element("span", { class: "quiet" }, say("hub.counts"))),
      element("ul", { class: "said-list" }, one.reasons.map((reason) => element("li", { lang: "en" }, reason))),
      photosPart(one, this.api),
      element("p", { class: "quiet" }, say("hub.machine_said", { release: one.release, level: one.variance.level, words: level })),
      element("ol", { class: "events" }, events.map(({ line }) => line)),
    );
    section.dataset.inspection = one.id;
    return section;
  }

  #decision(decision) {
    const { disposition, reviewer, at, note, defects, variance, in_hand: where } = decision;
    const found = defects && [...new Set(defects.map(({ defect }) => kindOf(defect)))].join(", ");
    const marks = [
      defects && (found ? say("hub.found_defects", { found }) : say("hub.found_none")),
      variance && say("hub.graded", { level: variance }),
      where && say("hub.decided_in_hand", { where: say(`hub.hand.${where}`) }),
    ].filter(Boolean);
    return element(
      "li",
      {},
      element("strong", {}, say(DECIDED[disposition], { by: reviewer })),
      element("span", { class: "quiet" }, ` ${sayTime(at)}`),
      [...saidPhrases(decision), note].filter(Boolean).map((text) => element("blockquote", {}, text)),
      marks.length > 0 && element("p", { class: "quiet" }, marks.join(" · ")),
    );
  }

  #appeal({ outcome, note, at, voice_url: voice, photo_url: photo }) {
    const player = voice && element("audio", { controls: true, preload: "none", "aria-label": say("hub.voice_note") });
    if (player) this.api.photo(voice).then((src) => (player.src = src), () => player.remove());
    const image = photo && element("img", { class: "appeal-photo", alt: say("hub.appeal_photo") });
    if (image) this.api.photo(photo).then((src) => (image.src = src), () => image.remove());
    return element(
      "li",
      {},
      element("strong", {}, say("hub.contested")),
      element("span", { class: "quiet" }, ` ${sayTime(at)} · ${say(OUTCOMES[outcome])}`),
      note && element("blockquote", {}, note),
      player,
      image,
    );
  }
}
