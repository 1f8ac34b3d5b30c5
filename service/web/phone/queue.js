// The queue: what waits on this phone goes to the hub, one thing at a time, from one page, whenever there is a way.
//
// It tries on load, on `online`, on becoming visible, when something is added, and on a timer that waits longer the
// more often it failed, each time a little differently, so that all phones of a market do not come back at once.

import { Appeals } from "./appeals.js";
import { sendConsent } from "./consent.js";
import { Pace, sendAppeal, sendPiece } from "./send.js";
import { onlyHere } from "./single_tab.js";
import { holderOf, NoNetwork, Problem } from "./wire.js";

const FIRST_WAIT_S = 4;
const LONGEST_WAIT_S = 300;
const LONGEST_ASKED_S = 3600; // no window of the hub is longer, whatever a hub says whose clock is wrong
const IDLE_WAIT_S = 240; // nothing waits here, but another page may have been killed with something
const STOPPING = [401, 408, 429, 502, 503, 504];
const TURN = "ubora-send";

export class Queue {
  progress = new Map(); // piece id → share that went up
  #failures = 0;
  #timer = null;
  #again = false;
  #running = false;
  #pace = new Pace();

  /** @param {{onChange: () => void, onUnknown: () => void, onSent: (how) => void}} told  onUnknown: the token is no good */
  constructor(store, api, told) {
    this.store = store;
    this.api = api;
    this.told = told;
    this.appeals = new Appeals(store, () => told.onChange());
  }

  start() {
    addEventListener("online", () => this.nudge());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.nudge());
    this.appeals.resume();
    this.nudge();
  }

  /** Try now; what went wrong before does not count any more. */
  nudge() {
    this.#failures = 0;
    return this.#run();
  }

  async #run() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    clearTimeout(this.#timer);
    let wait;
    do {
      this.#again = false;
      try {
        const here = await onlyHere(TURN, this.store, () => this.#sendAll());
        wait = here ? IDLE_WAIT_S : FIRST_WAIT_S * 2; // another page sends; look again whether it still lives
      } catch (error) {
        wait = this.#waitAfter(error);
      }
    } while (this.#again); // also after a failure: the network may have come back before the old line was given up
    this.#running = false;
    this.#timer = setTimeout(() => this.#run(), wait * (0.5 + Math.random()) * 1000);
  }

  #waitAfter(error) {
    if (!(error instanceof NoNetwork || error instanceof Problem)) console.error(error);
    const wait = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(wait, Math.min(LONGEST_ASKED_S, error.retryAfter ?? 0));
  }

  async #sendAll() {
    const passed = new Set(); // what failed by itself does not keep the others from going
    let failed = null;
    const first = await holderOf(this.store, this.api);
    if (first) await sendConsent(this.store, first);
    for (;;) {
      // Asked each time: it may have changed hands since the piece before, and that one's next is not this one's.
      const holder = await holderOf(this.store, this.api);
      if (!holder) return;
      const next = (await this.#waiting(holder.me)).find(({ id }) => !passed.has(id));
      if (!next) break;
      passed.add(next.id);
      try {
        await (next.send?.(holder.line) ?? this.#sendPiece(next.id, holder.line));
        this.#failures = 0;
      } catch (error) {
        if (stopsAll(error)) throw error;
        failed = error;
      } finally {
        this.told.onChange();
      }
    }
    if (failed) throw failed;
  }

  /** Pieces, appeals and answers of this workshop, first come first. What a killed page left "sending" waits as well. */
  async #waiting(me) {
    const { store } = this;
    const [pieces, appeals, answers = []] = await Promise.all([store.all("pieces"), store.all("appeals"), store.fact("answers")]);
    const ours = pieces.filter(({ microfactory }) => microfactory === me.microfactory);
    const going = ours.filter(({ state }) => isWaiting(state));
    const sent = new Set(ours.filter(({ state }) => state === "sent").map(({ id }) => id));
    const asked = appeals
      .filter(({ state, piece }) => state === "waiting" && sent.has(piece))
      .map((appeal) => ({ ...appeal, send: (line) => this.#sendAppeal(appeal, line) }));
    const said = answers
      .filter(({ state, microfactory }) => state === "waiting" && microfactory === me.microfactory)
      .map((answer) => ({ ...answer, send: (line) => this.#sendAnswer(answer, line) }));
    return [...going, ...asked, ...said].sort((one, other) => one.order - other.order);
  }

  async #sendPiece(id, line) {
    await this.store.changePiece(id, ({ attempts }) => ({ state: "sending", attempts: attempts + 1 }));
    this.told.onChange();
    const piece = await this.store.pieceWithPhotos(id);
    if (!piece) return;
    if (piece.photos.some(({ blob }) => !blob)) {
      await this.store.changePiece(id, { state: "refused", why: null });
      return;
    }
    try {
      const inspection = await sendPiece(line, piece, {
        pace: this.#pace,
        onProgress: (share) => {
          this.progress.set(id, share);
          this.told.onChange();
        },
        onAsking: () => this.store.changePiece(id, { asked: true }),
      });
      await this.store.changePiece(id, { state: "sent", why: null, inspection });
      this.told.onSent();
    } catch (error) {
      const refused = isRefusal(error);
      await this.store.changePiece(id, { state: refused ? "refused" : "waiting", why: refused ? error.type : null });
      this.#heed(error);
    } finally {
      this.progress.delete(id);
    }
  }

  async #sendAppeal(appeal, line) {
    try {
      await sendAppeal(line, appeal);
      await this.appeals.sent(appeal);
    } catch (error) {
      if (isRefusal(error)) await this.appeals.refused(appeal, error.type);
      this.#heed(error);
    }
    this.told.onSent(); // also after a refusal: the hub may know more of this piece than the phone
  }

  async #sendAnswer(answer, line) {
    const { refuse, sendAnswer, settle } = await import("./later/answers.js");
    try {
      await settle(this.store, answer, await sendAnswer(line, answer));
    } catch (error) {
      if (isRefusal(error)) await refuse(this.store, answer, error.type);
      this.#heed(error);
    }
    this.told.onSent({ all: true }); // also after a refusal: it has gone on at the hub
  }

  #heed(error) {
    if (error.status === 401 && isOurs(error)) this.told.onUnknown();
    if (!isRefusal(error)) throw error;
  }

  // What people do

  async sendAgain(id) {
    await this.store.changePiece(id, ({ state }) => (state === "refused" ? { state: "waiting", why: null } : {}));
    this.told.onChange();
    await this.nudge();
  }

  async discard(id) {
    const piece = await this.store.get("pieces", id);
    await this.store.removePiece(id);
    this.told.onChange();
    await this.dropUploads(piece);
  }

  /** What the hub may hold of a piece that will not come. */
  async dropUploads(piece) {
    if (!piece?.attempts) return;
    for (const photo of piece.photos) {
      await this.api.ask(`/v1/uploads/${photo.id}`, { method: "DELETE" }).catch(() => {}); // else swept in two days
    }
  }

  /** What she kept as a draft of this piece goes, with a note. */
  async queueAppeal(id, { note = "" }) {
    await this.appeals.send(id, note);
    this.nudge();
  }
}

export const isWaiting = (state) => state === "waiting" || state === "sending";

/** The hub will never take this: the person decides. 401 is about the phone, not about the photo. */
const isRefusal = (error) =>
  isOurs(error) && !error.passing && error.status !== 401 && error.type !== "/problems/upload-unfinished";

/** From the service itself; a network's own page (pay first, log in) says nothing about a photo. */
const isOurs = (error) => error instanceof Problem && error.type.startsWith("/problems/");

/** Is there no use in trying the next thing now? */
const stopsAll = (error) =>
  error instanceof NoNetwork || (error instanceof Problem && !isOurs(error)) || STOPPING.includes(error.status);
