// News of the ledger as they happen: one stream a page, as server-sent events. Where it breaks, whoever listens is
// woken now and then instead, until it stands again.
// Read by hand and not by EventSource, which sends no token.

const SILENCE_MS = 40_000; // the service says a line every 15 s
const POLLED_MS = 5_000; // while the stream is broken
const HIDDEN_MS = 60_000; // a page that nobody sees holds no connection
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export class Live {
  #listeners = new Set();
  #entered = false; // somebody is logged in
  #stream = null; // what ends it
  #stands = false;
  #failures = 0;
  #timers = {};

  constructor(api) {
    this.api = api;
    this.told = 0; // the last number
    setInterval(() => this.#stands || this.#tell("queue"), POLLED_MS);
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("online", () => this.#again(0));
  }

  /**
   * @param {(kind: "queue"|"ledger") => void} woken  called when what waits changed, or any other piece; also without
   *   a reason while the stream is broken
   * @returns {() => void}  to listen no longer
   */
  listen(woken) {
    this.#listeners.add(woken);
    if (!this.#stream) this.#again(0);
    return () => {
      this.#listeners.delete(woken);
      if (this.#listeners.size === 0) this.#close();
    };
  }

  /** Somebody came, or went. */
  enter(entered) {
    if (this.#entered === entered) return;
    this.#entered = entered;
    this.#again(0);
  }

  #tell(kind) {
    if (document.hidden || !this.#entered) return; // told when it is seen again
    for (const woken of this.#listeners) woken(kind);
  }

  #seen() {
    clearTimeout(this.#timers.hidden);
    if (document.hidden) {
      this.#timers.hidden = setTimeout(() => this.#close(), HIDDEN_MS);
      return;
    }
    this.#tell("queue");
    if (!this.#stream) this.#again(0);
  }

  #close() {
    clearTimeout(this.#timers.again);
    this.#stream?.abort();
    this.#stream = null;
    this.#stands = false;
  }

  #again(after) {
    this.#close();
    if (this.#listeners.size === 0 || document.hidden || !this.#entered) return;
    this.#timers.again = setTimeout(() => this.#run(), after);
  }

  async #run() {
    const stream = (this.#stream = new AbortController());
    let pause = 0;
    try {
      const answer = await this.api.ask("/v1/queue/events?everything=true", { signal: stream.signal });
      await this.#read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), stream);
      this.#failures = 0; // it came to its end in order, and is asked for anew
    } catch (error) {
      this.#failures += 1;
      pause = Math.max(1000 * (error.retryAfter ?? 0), Math.min(FIRST_MS * 2 ** (this.#failures - 1), LONGEST_MS));
    }
    if (this.#stream !== stream) return; // closed, or another one stands
    // Not all pages at once, after a service that began anew.
    this.#again(pause * (0.75 + Math.random() / 2));
  }

  async #read(reader, stream) {
    let rest = "";
    for (;;) {
      clearTimeout(this.#timers.silence);
      this.#timers.silence = setTimeout(() => stream.abort(), SILENCE_MS);
      const { value, done } = await reader.read().finally(() => clearTimeout(this.#timers.silence));
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) this.#heard(event);
    }
  }

  #heard(event) {
    const kind = /^event: (queue|ledger)$/m.exec(event)?.[1];
    if (!kind) return;
    const began = !this.#stands;
    this.#stands = true;
    this.#failures = 0;
    const number = Number(/^id: (\d+)$/m.exec(event)[1]);
    // What came between two streams is asked for too.
    if (began || number !== this.told) this.#tell(kind);
    this.told = number;
  }
}
