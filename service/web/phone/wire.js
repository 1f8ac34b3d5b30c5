// The way to the hub from a phone: every question ends in time, and every answer tells the hub's clock.

import { Api, NoNetwork, Problem } from "../shared/api.js";

export { NoNetwork, Problem };

const CLOCK = "ubora.clock";

export class Wire extends Api {
  reached = navigator.onLine; // did the last question get an answer?
  onReached = () => {};

  /** As Api.ask, with an end after `seconds`; the body has come in whole. */
  async ask(path, { seconds = 30, ...options } = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    const asked = Date.now();
    try {
      const answer = await super.ask(path, { ...options, signal: stop.signal });
      noteClock(answer.headers.get("Date"), asked);
      const bytes = await answer.arrayBuffer().catch(() => {
        throw new NoNetwork("the answer broke off");
      });
      this.#note(true);
      return new Response(bytes.byteLength ? bytes : null, { status: answer.status, headers: answer.headers });
    } catch (error) {
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
