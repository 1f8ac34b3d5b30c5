// What a person does to all of a lot: ship it, hold it, have every piece of it looked at; with the reason.

import { element } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayTime } from "../../shared/words.js";
import { labelled, input } from "../page.js";

const KINDS = ["ship", "hold", "check"];
const COLOURS = { ship: "accepted", hold: "rejected", check: "pending" };

export class LotActs {
  /** @param {() => Promise<void>} done  the lot is shown anew */
  constructor(page, done) {
    Object.assign(this, { page, api: page.api, done });
  }

  /** How the lot stands by the last act. */
  mark(act) {
    if (!act) return element("p", {}, element("span", { class: "state-mark" }, say("hub.lot.open")));
    return element(
      "p",
      {},
      element("span", { class: `state-mark ${COLOURS[act.kind]}` }, say(`hub.lot_is.${act.kind}`)),
      element("span", { class: "quiet" }, ` ${act.by}, ${sayTime(act.at)} `),
      act.reason && element("q", {}, act.reason),
    );
  }

  form(lot, last, waiting) {
    const reason = input("reason", "", { maxlength: 500 });
    const buttons = KINDS.map((kind) =>
      element("button", { class: kind === "ship" ? "button main" : "button", type: "button", onclick: () => this.#act(lot, last, kind, reason) }, say(`hub.lot_do.${kind}`)),
    );
    const form = element(
      "form",
      { class: "lot-acts" },
      labelled(say("hub.lot.reason"), reason, waiting ? say("hub.lot.waits", { count: waiting }) : say("hub.lot.why")),
      element("div", { class: "page-buttons" }, buttons),
    );
    form.addEventListener("submit", (event) => event.preventDefault()); // Enter in the reason chooses nothing
    return form;
  }

  async #act({ id }, last, kind, field) {
    const reason = field.value.trim();
    const anyway = kind === "ship" && reason !== "";
    const body = { kind, reason, after: last?.id ?? null, anyway };
    // The same again carries the same UUID, so that a lost answer makes no second act.
    const text = JSON.stringify([id, body]);
    if (this.sent?.text !== text) this.sent = { text, id: newUuid() };
    const path = `/v1/lots/${encodeURIComponent(id)}/acts/${this.sent.id}`;
    if (await this.page.attempt(() => this.api.put(path, body))) {
      await this.done();
      this.page.say(say(`hub.lot_did.${kind}`, { lot: id }));
    } else field.focus();
  }
}
