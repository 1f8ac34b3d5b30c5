// A review in the making: what a person noted of a piece before she decides, every step of it to be taken back.

import { ANY } from "../../shared/words.js";
import { isPoor } from "../piece/appeal.js";

/** How severe a defect is, the least first. */
export const SEVERITIES = ["minor", "major", "critical"];

/** How severe a defect of that kind is as a rule: what the network says of the kind; minor where it knows none. */
export const usualSeverity = ({ defects, severities }, defect) => severities[defects.indexOf(defect)] ?? SEVERITIES[0];

/** A region has its own box, which the service works out. */
const asSent = ({ mask, box, ...one }) => (mask ? { ...one, mask } : { ...one, box });

/**
 * Until somebody touches the defects they are sent as null: nobody corrected.
 * `seen` is the review that counted when she began, or that she was shown since: what she decides is decided on that.
 * `chosen` is the place, among `defects`, of the one that she has in hand; −1 for none.
 */
export class Draft {
  constructor(inspection) {
    this.seen = inspection.review?.id ?? null;
    this.wanted = null; // what she decided and the service refused, for somebody else had decided
    this.veiled = Boolean(inspection.veiled);
    this.checked = this.veiled; // nothing was found for her that could be kept
    this.variance = null;
    this.note = "";
    this.phrases = [];
    this.sent = null; // {id, text} of the last try
    this.chosen = -1;
    this.past = [];
    this.future = [];
    // In a photo that was not good enough nothing was judged.
    this.found = (isPoor(inspection) ? [] : inspection.photos).flatMap(({ index, defects }) =>
      defects
        .filter(({ defect }) => defect !== ANY)
        .map(({ defect, severity, box }) => ({ photo: index, defect, severity, box })),
    );
    this.defects = this.#asFound();
  }

  /** Whether anything was noted that would be lost with it. */
  get begun() {
    return Boolean(this.past.length || this.variance || this.note.trim() || this.phrases.length);
  }

  #asFound() {
    return this.found.map((one) => ({ ...one }));
  }

  /** What is done from here on is one step. */
  remember() {
    this.past.push(this.#state());
    this.future = [];
    this.checked = true;
  }

  #state() {
    return { checked: this.checked, chosen: this.chosen, defects: this.defects.map((one) => ({ ...one })) };
  }

  /** A step back; false where there is none. */
  undo() {
    return this.#go(this.past, this.future);
  }

  redo() {
    return this.#go(this.future, this.past);
  }

  #go(from, to) {
    const state = from.pop();
    if (!state) return false;
    to.push(this.#state());
    Object.assign(this, state);
    return true;
  }

  /** All of a kind on a photo away, or one of it there: as the machine found it, else without a place. */
  toggle(photo, defect, severity) {
    const is = (one) => one.photo === photo && one.defect === defect;
    this.remember();
    this.chosen = -1;
    if (this.defects.some(is)) {
      this.defects = this.defects.filter((one) => !is(one));
    } else {
      this.chosen = this.defects.push({ ...(this.found.find(is) ?? { photo, defect, severity, box: null }) }) - 1;
    }
  }

  /** One more, without a place yet; it is in hand then. */
  add(photo, defect, severity) {
    this.remember();
    this.chosen = this.defects.push({ photo, defect, severity, box: null }) - 1;
  }

  remove(at) {
    this.remember();
    this.defects = this.defects.filter((_, index) => index !== at);
    this.chosen = -1;
  }

  /** The one in hand never was; where more was done to it since, it is removed. */
  takeBack() {
    const before = this.past.at(-1);
    if (before && before.defects.length < this.defects.length) this.undo();
    else this.remove(this.chosen);
  }

  /** @param {{severity?: string, box?: number[]|null, mask?: object|null}} what */
  change(at, what) {
    this.remember();
    Object.assign(this.defects[at], what);
    this.chosen = at;
  }

  /** Whether the defects are hers; where they are not, they are the machine's again. */
  check(checked) {
    this.remember();
    this.checked = checked;
    if (!checked) Object.assign(this, { defects: this.#asFound(), chosen: -1 });
  }

  /** The defect in hand, else the last of a photo; −1 where it has none. */
  inHand(photo) {
    if (this.defects[this.chosen]?.photo === photo) return this.chosen;
    return this.defects.findLastIndex((one) => one.photo === photo);
  }

  review(disposition) {
    const { checked, veiled, variance, phrases, note } = this;
    // Sent back, and nothing named: that is not "clean".
    const unnamed = veiled && this.defects.length === 0 && disposition !== "accept";
    const defects = checked && !unnamed ? this.defects.map(asSent) : null;
    return { disposition, defects, variance, phrases, note: note.trim(), after: this.seen };
  }
}
