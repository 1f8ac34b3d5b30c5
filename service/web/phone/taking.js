// Between the camera button and the store: which work a photo belongs to, also when the camera kills the page, and
// what to say when it could not be kept.
//
// The fact "taking" is the work that the camera was opened for; `open` until it gave a photo or was cancelled. What is
// taken again stays there until its photo is kept (it goes in the same step) or she leaves the camera screen.

import { Unreadable } from "./foreign.js";
import { isFull } from "./store.js";

export class Taking {
  saying = null; // a word: what went wrong with the last photo, until the next
  named = {}; // the values in it
  unkept = null; // a photo that found no room, {file, work}: kept by this page alone
  #opened = null; // the work that this page opened the camera for

  /** @param {{toCamera: () => void, onSettled: () => void}} told */
  constructor(store, shots, told) {
    Object.assign(this, { store, shots, told });
  }

  /** Must be called by a tap itself: browsers open a camera for nothing else. */
  open(input, work) {
    this.#opened = work;
    this.saying = null;
    this.#note({ ...work, open: true });
    input.click();
    this.told.toCamera();
  }

  /** The camera gave a photo. @returns the work that it was opened for, if this page opened it */
  opened() {
    const work = this.#opened;
    this.#opened = null;
    return work;
  }

  cancel() {
    const work = this.opened();
    if (work) this.#note(work.replaces ? work : null);
  }

  /** She is done with the camera screen. A photo that found no room still waits to be kept. */
  leave() {
    this.#opened = null;
    if (!this.unkept) this.saying = null;
    return this.#note(null);
  }

  /** At a start: was the camera open when the page was killed? Said once. */
  async wasKilled() {
    const { open = false, ...work } = (await this.store.fact("taking")) ?? {};
    if (open) await this.#note(work.replaces ? work : null);
    if (open) this.saying = "camera.killed";
    return open;
  }

  /** The photo is on its way to the disk before the screen changes. */
  async keep(file, work) {
    this.saying = this.unkept = null;
    const keeping = this.shots.keep(file, work);
    this.told.toCamera();
    try {
      await keeping;
    } catch (error) {
      if (isFull(error)) this.unkept = { file, work };
      else if (error instanceof Unreadable) this.#note(work.replaces ? work : null); // the camera has given what it has
      else console.error(error);
      this.saying = isFull(error) ? "room.full" : error instanceof Unreadable ? error.word : "problem";
      this.named = error?.values ?? {};
    }
    this.told.onSettled();
  }

  /** There may be room now. What reached the disk as the camera wrote it goes on from there. */
  async keepAgain() {
    const { file, work } = this.unkept;
    if (!(await this.shots.isKept(file, work))) return this.keep(file, work);
    this.saying = this.unkept = null;
    await this.shots.resume();
    return this.told.onSettled();
  }

  #note = (work) => this.store.note("taking", work).catch(console.error);
}
