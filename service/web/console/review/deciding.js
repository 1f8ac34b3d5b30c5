// Deciding a piece: sent so that a lost answer makes no second review, refused where another decided or holds it,
// handed to another person by who is not sure.

import { element, find } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayTime } from "../../shared/words.js";
import { waitingAppeal } from "../piece/appeal.js";
import { didWhat, DONE, meanwhile } from "../piece/decided.js";
import { bothSaid } from "./both.js";

const WORDS = {
  held: (name, until) => `${name} has this piece open until ${until}. `,
  anyway: "Decide all the same",
  next: (piece, count) => `Next: ${piece}${count > 1 ? `, of ${count} that wait` : ""}. `,
  kept: "It stays on the record; a new decision is added to it.",
  again: "Nothing is lost: press the same key to send it again.",
};

/** Who else has a piece open, and until when. */
export const heldWords = ({ held_by: name, until }) => WORDS.held(name, sayTime(until));

export class Deciding {
  /** @param {object} page  the view: its piece in view, the draft of that, and the ways on from it */
  constructor(page) {
    this.page = page;
    this.busy = false;
    for (const button of document.querySelectorAll("#decisions [data-disposition]")) {
      button.addEventListener("click", () => this.decide(button.dataset.disposition));
    }
    find("#unsure").addEventListener("click", () => this.handOver());
  }

  /** The decisions, or what somebody else decided since she began: she keeps that, or decides again knowingly. */
  fill() {
    const { piece } = this.page;
    const unseen = this.unseen();
    find("#decisions").hidden = !piece || Boolean(unseen);
    find("#unsure").hidden = !piece?.waits;
    find("#both").replaceChildren(...(piece ? bothSaid(piece) : []));
    const card = find("#meanwhile");
    card.hidden = !unseen;
    card.className = unseen ? `was-${unseen.disposition}` : "";
    card.replaceChildren(
      ...(unseen
        ? meanwhile(unseen, this.page.draft().wanted, {
            onKeep: () => this.#keepTheirs(piece, unseen),
            onAgain: () => this.#decideAgain(unseen),
          })
        : []),
    );
  }

  /** The review that counts and that she has not seen; null where there is none. */
  unseen() {
    const review = this.page.piece?.review;
    return review && review.id !== this.page.draft().seen ? review : null;
  }

  #keepTheirs(piece, review) {
    Object.assign(this.page.draft(), { seen: review.id, wanted: null });
    this.page.leavePiece(piece);
    this.#say(piece, `Kept as it is: ${didWhat(review)}.`);
  }

  #decideAgain(review) {
    Object.assign(this.page.draft(), { seen: review.id, wanted: null });
    this.page.fillPiece();
    find("#decisions button").focus();
  }

  async decide(disposition, { anyway = false } = {}) {
    const { piece } = this.page;
    if (!piece || this.busy) return;
    if (this.unseen()) {
      find("#keep-theirs").focus();
      return;
    }
    const draft = this.page.draft();
    const body = { ...draft.review(disposition), appeal: waitingAppeal(piece)?.id ?? null, anyway };
    const again = () => this.decide(disposition, { anyway: true });
    const decided = await this.#send(piece, "reviews", body, again, () => (draft.wanted = disposition));
    if (!decided) return;
    const { review } = decided;
    // What is sent again because its answer was lost may have been decided anew meanwhile; a second person's is none.
    const since = piece.veiled || review.id === draft.sent.id ? "" : ` But ${didWhat(review)} since then.`;
    this.#leave(piece, decided, `${DONE[disposition]}:`, since);
  }

  /** She is not sure: another person decides, and reads her note. */
  async handOver({ anyway = false } = {}) {
    const { piece } = this.page;
    if (!piece?.waits || this.busy || this.unseen()) return;
    const { note, seen } = this.page.draft();
    const body = { note: note.trim(), after: seen, appeal: waitingAppeal(piece)?.id ?? null, anyway };
    const again = () => this.handOver({ anyway: true });
    if (await this.#send(piece, "handovers", body, again)) this.#leave(piece, piece, `${say("hub.handed")}:`);
  }

  #leave(piece, decided, done, since) {
    this.page.forgetDraft(piece);
    this.page.leavePiece(piece);
    this.#say(decided, done, since);
  }

  /** The answer; null where it was refused, which is said then. */
  async #send(piece, kind, body, again, unseen = () => {}) {
    const draft = this.page.draft();
    // The same body again carries the same UUID, so that a lost answer cannot make two of them.
    const text = JSON.stringify([kind, body]);
    if (draft.sent?.text !== text) draft.sent = { text, id: newUuid() };
    this.#setBusy(true);
    try {
      return await this.page.api.put(`/v1/inspections/${piece.id}/${kind}/${draft.sent.id}`, body);
    } catch (error) {
      await this.#refused(piece, error, again, unseen);
      return null;
    } finally {
      this.#setBusy(false);
    }
  }

  async #refused(piece, error, again, unseen) {
    if (error.body?.held_by) {
      this.page.showFailure(`Not recorded. ${heldWords(error.body)}`);
      const button = { class: "button small", type: "button", id: "anyway", onclick: again };
      find("#failed").append(element("button", button, WORDS.anyway));
      return;
    }
    if (error.status === 409) await this.page.refresh(piece, error.body.review);
    if (this.page.piece?.id === piece.id && this.unseen()) {
      unseen();
      this.page.showFailure(null);
      find("#said").replaceChildren();
      this.fill();
      find("#keep-theirs").focus();
      return;
    }
    this.page.showFailure(`Not recorded. ${this.page.failed(error)} ${error.passing ? WORDS.again : ""}`);
  }

  /** What was decided, and what comes next. */
  #say(piece, done, since = "") {
    const { page } = this;
    page.last = piece;
    const onclick = () => page.openAgain(piece);
    const reopen = element("button", { type: "button", title: WORDS.kept, onclick }, "Open it again ", element("kbd", {}, "U"));
    const next = page.piece ? WORDS.next(page.nameOf(page.piece), page.list.queue.length) : "";
    find("#said").replaceChildren(element("strong", {}, `${done} `), `${page.nameOf(piece)}.${since} ${next}`, reopen);
    find("#now").textContent = "";
  }

  #setBusy(busy) {
    this.busy = busy;
    for (const button of document.querySelectorAll("#decisions button")) button.disabled = busy;
  }
}
