// The way to the hub from a phone: every question ends in time, and every answer tells the hub's clock.
//
// A phone may change hands while a question is on its way. What was asked with one token is nothing for the holder of
// the next: neither the answer counts nor a refusal, and what belongs together is not asked on with another's token.

import { Api, NoNetwork, Problem } from "../shared/api.js";

export { NoNetwork, Problem };

const CLOCK = "ubora.clock";

/** Another token took over meanwhile. Like no answer: what was wanted may be wanted again, by whom it was. */
export class HandedOver extends NoNetwork {}

/**
 * Whose this phone is, and a way to the hub that ends with that; null while it changes hands, and before it is anybody's.
 * @returns {Promise<{me: {microfactory: string, name: string}, line: Wire}|null>}
 */
export async function holderOf(store, api) {
  const [me, token] = await store.facts("me", "token");
  return me && token && token === api.token.get() ? { me, line: api.heldBy(token) } : null;
}

export class Wire extends Api {
  reached = navigator.onLine; // did the last question get an answer?
  onReached = () => {};

  /** As Api.ask, with an end after `seconds`; the body has come in whole. */
  ask(path, options) {
    return this.#askFor(this.token.get(), path, options);
  }

  /** The same way, for questions that belong together: once another token took over none of them is asked. */
  heldBy(token) {
    return Object.assign(Object.create(this), { ask: (path, options) => this.#askFor(token, path, options) });
  }

  async #askFor(token, path, { seconds = 30, ...options } = {}) {
    const mustHold = () => {
      if (this.token.get() !== token) throw new HandedOver();
    };
    mustHold();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    const asked = Date.now();
    try {
      const answer = await super.ask(path, { ...options, signal: stop.signal });
      noteClock(answer.headers.get("Date"), asked);
      const bytes = await answer.arrayBuffer().catch(() => {
        throw new NoNetwork("the answer broke off");
      });
      mustHold();
      this.#note(true);
      return new Response(bytes.byteLength ? bytes : null, { status: answer.status, headers: answer.headers });
    } catch (error) {
      mustHold(); // before it says anything of the network, or of a token that is no good any more
      this.#note(error instanceof Problem);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #note(reached) {
    if (reached === this.reached) return;
    this.reached = reached;
    this.onReached();
  }
}

/** How far this phone's clock is behind the hub's; its Date header has whole seconds. */
function noteClock(date, asked) {
  const there = Date.parse(date ?? "");
  if (Number.isNaN(there)) return;
  const here = (asked + Date.now()) / 2;
  localStorage.setItem(CLOCK, String(Math.round(there + 500 - here)));
}

/** Milliseconds since 1970 by the hub's clock, as far as this phone has heard it; else by its own. */
export function hubNow() {
  return Date.now() + (Number(localStorage.getItem(CLOCK)) || 0);
}
