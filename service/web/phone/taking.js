// Between the camera button and the store: which work a photo belongs to, also when the camera kills the page, and
// what to say when it could not be kept.

import { Unreadable } from "./shots.js";
import { isFull } from "./store.js";

const OPEN = "ubora.taking"; // the camera is open, for this work; still there at a start: the page was killed

export class Taking {
  saying = null; // a word: what went wrong with the last photo, until the next
  unkept = null; // a photo that found no room, {file, work}: kept by this page alone

  /** @param {{toCamera: () => void, onSettled: () => void}} told */
  constructor(shots, told) {
    this.shots = shots;
    this.told = told;
  }

  /** Must be called by a tap itself: browsers open a camera for nothing else. */
  open(input, work) {
    localStorage.setItem(OPEN, JSON.stringify(work));
    this.saying = null;
    input.click();
    this.told.toCamera();
  }

  /** The work that the camera was opened for, if it was. */
  get work() {
    const work = localStorage.getItem(OPEN);
    return work ? JSON.parse(work) : null;
  }

  close() {
    localStorage.removeItem(OPEN);
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
      else if (!(error instanceof Unreadable)) console.error(error);
      this.saying = isFull(error) ? "room.full" : error instanceof Unreadable ? "unreadable" : "problem";
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
}
