// Deciding a piece: sent so that a lost answer makes no second review, refused where another decided or holds it,
// handed to another person by who is not sure.

import { element, find } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayTime } from "../../shared/words.js";
import { waitingAppeal } from "../piece/appeal.js";
import { designOf } from "../piece/designs.js";
import { didWhat, meanwhile } from "../piece/decided.js";
import { bothSaid } from "./both.js";
import { whichDesign } from "./which_design.js";

/** Who else has a piece open, and until when. */
export const heldWords = ({ held_by: name, until }) => say("hub.held_until", { name, until: sayTime(until) });

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
    this.#say(piece, say("hub.kept_as_is", { what: didWhat(review) }));
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
    const decided = await this.#send(piece, draft, "reviews", body, again, () => (draft.wanted = disposition));
    if (!decided) return;
    const { review } = decided;
    // What is sent again because its answer was lost may have been decided anew meanwhile; a second person's is none.
    const since = piece.veiled || review.id === draft.sent.id ? "" : say("hub.but_since", { what: didWhat(review) });
    this.#leave(piece, decided, `${say(`hub.done.${disposition}`)}:`, since);
  }

  /** She is not sure: another person decides, and reads her note. */
  async handOver({ anyway = false } = {}) {
    const { piece } = this.page;
    if (!piece?.waits || this.busy || this.unseen()) return;
    const draft = this.page.draft();
    const { note, seen } = draft;
    const body = { note: note.trim(), after: seen, appeal: waitingAppeal(piece)?.id ?? null, anyway };
    const again = () => this.handOver({ anyway: true });
    if (await this.#send(piece, draft, "handovers", body, again)) this.#leave(piece, piece, `${say("hub.handed")}:`);
  }

  /** It is of another design: which one is asked, and it waits on beside that one's samples. */
  async askDesign() {
    const { piece, house, api } = this.page;
    if (!piece || this.busy || this.unseen()) return;
    const others = [...house.designs.values()].filter(({ id }) => piece.design_unknown || id !== piece.design);
    const said = await whichDesign(others, api);
    if (said && this.page.piece?.id === piece.id) await this.sayDesign(said);
  }

  /** @param {{design: string|null, reason: string}} said  null: none that the hub knows */
  async sayDesign(said, { anyway = false } = {}) {
    const { piece, house } = this.page;
    if (!piece || this.busy || this.unseen()) return;
    const was = piece.design_unknown ? null : piece.design;
    const body = { ...said, seen: was, after: this.page.draft().seen, appeal: waitingAppeal(piece)?.id ?? null, anyway };
    const moved = await this.#send(piece, "designs", body, () => this.sayDesign(said, { anyway: true }));
    if (!moved) return;
    this.page.showFailure(null);
    await this.page.refresh(piece);
    const back = { class: "button small", type: "button", onclick: () => this.sayDesign({ design: was, reason: "" }) };
    find("#said").replaceChildren(element("strong", {}, `${say("hub.it_is_now", { design: designOf(moved, house) })} `), element("button", back, say("hub.undo")));
  }

  #leave(piece, decided, done, since) {
    this.page.forgetDraft(piece);
    if (this.page.piece?.id === piece.id) this.page.leavePiece(piece);
    this.#say(decided, done, since);
  }

  /** The answer; null where it was refused, which is said then. */
  async #send(piece, draft, kind, body, again, unseen = () => {}) {
    // The same body again carries the same UUID, so that a lost answer cannot make two of them.
    const text = JSON.stringify([kind, body]);
    if (draft.sent?.text !== text) draft.sent = { text, id: newUuid() };
    this.#setBusy(true);
    const comeBack = this.page.goAhead(piece);
    try {
      return await this.page.api.put(`/v1/inspections/${piece.id}/${kind}/${draft.sent.id}`, body);
    } catch (error) {
      comeBack();
      await this.#refused(piece, error, again, unseen);
      return null;
    } finally {
      this.#setBusy(false);
    }
  }

  async #refused(piece, error, again, unseen) {
    if (error.body?.held_by) {
      this.page.showFailure(`${say("hub.not_recorded")} ${heldWords(error.body)} `);
      const button = { class: "button small", type: "button", id: "anyway", onclick: again };
      find("#failed").append(element("button", button, say("hub.decide_anyway")));
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
    this.page.showFailure(`${say("hub.not_recorded")} ${this.page.failed(error)} ${error.passing ? say("hub.press_again") : ""}`);
  }

  /** What was decided, and what comes next. */
  #say(piece, done, since = "") {
    const { page } = this;
    page.last = piece;
    const onclick = () => page.openAgain(piece);
    const reopen = element("button", { type: "button", title: say("hub.stays_on_record"), onclick }, `${say("hub.open_it_again")} `, element("kbd", {}, "U"));
    const count = page.list.queue.length;
    const next = page.piece ? `${say(count > 1 ? "hub.next_of" : "hub.next", { piece: page.nameOf(page.piece), count })} ` : "";
    find("#said").replaceChildren(element("strong", {}, `${done} `), `${page.nameOf(piece)}.${since} ${next}`, reopen);
    find("#now").textContent = "";
  }

  #setBusy(busy) {
    this.busy = busy;
    for (const button of document.querySelectorAll("#decisions button")) button.disabled = busy;
  }
}
