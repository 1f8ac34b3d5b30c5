// Photos of a piece, from the camera into the store and on into the queue.
//
// The file is on the disk before anybody looks at it: a camera app may kill the page at any moment. Then it is made
// small, judged, and, when every wanted view is there, the piece waits to be sent. `resume` goes on where a page died.

import { newUuid } from "../shared/token.js";
import { judge } from "./check.js";
import { mustBeOurs, Unreadable } from "./foreign.js";
import { withRoom } from "./storage_quota.js";
import { shrinkPhoto, thumbOf } from "./shrink.js";
import { isFull, nextOrder } from "./store.js";
import { hubNow } from "./wire.js";

const DEFAULT_VIEWS = ["front"];

export class Shots {
  /** @param {{onChange: () => void, onFinished: (id: string) => void, onReplaced: (piece) => void}} told */
  constructor(store, phone, told) {
    this.store = store;
    this.phone = phone; // a few letters that tell this phone's piece marks from another's
    this.told = told;
  }

  /** Pieces of this workshop that were begun and are not finished, the last first. */
  async #drafts(microfactory) {
    const pieces = await this.store.all("pieces");
    const drafts = pieces.filter((piece) => piece.state === "draft" && piece.microfactory === microfactory);
    return drafts.sort((one, other) => other.order - one.order);
  }

  /** The piece in hand: what was begun of the piece that is taken again, else the last that was not put aside. */
  async draft(microfactory, again = null) {
    const drafts = await this.#drafts(microfactory);
    return drafts.find(({ aside, replaces }) => (again ? replaces === again : !aside)) ?? null;
  }

  /** She goes on with this one; whatever else was begun is put aside until she takes it up. */
  async takeUp(microfactory, id = null) {
    const drafts = await this.#drafts(microfactory);
    for (const draft of drafts) await this.store.changePiece(draft.id, { aside: draft.id !== id });
  }

  /**
   * Keep a photo of the piece in hand, or begin a piece with it.
   * @param {File} file
   * @param {{microfactory: string, lot: string|null, design: string, views: string[], draft?: string,
   *   view?: string, piece?: string, replaces?: string, first_at?: string}} work  draft: the piece that it is another
   *   view of; view: the one whose place it takes; the last three: of a piece that is taken again
   * @throws Unreadable, QuotaExceededError: `resume` goes on where the photo is kept, else the caller has it alone
   */
  async keep(file, work) {
    await mustBeOurs(file);
    const shot = { id: newUuid(), width: 0, height: 0, bytes: file.size, faults: [], raw: true };
    // By the hub's clock where it was ever heard; of a picture out of the gallery, when it was taken.
    const taken = Math.min(file.lastModified || Date.now(), Date.now()) + hubNow() - Date.now();
    const begun = { ...work, taken_at: new Date(taken).toISOString() };
    let piece;
    let made = null;
    try {
      piece = await withRoom(this.store, () => this.#store(file, shot, begun));
    } catch (error) {
      if (!isFull(error)) throw error;
      made = await opened(file); // no room for it as the camera wrote it: made small it may still fit
      piece = await withRoom(this.store, () => this.#store(made.photo, shot, begun));
    }
    this.told.onChange();
    await (made ? this.#settle(piece.id, shot.id, made) : this.#prepare(piece.id, shot.id));
  }

  async #store(blob, shot, work) {
    const found = await this.#unfinished(work);
    return this.store.change(["pieces", "photos", "facts"], async (tx) => {
      const held = found && (await tx.get("pieces", found.id));
      const piece = held?.state === "draft" ? { ...held, aside: false } : await this.#begun(tx, work);
      const view = work.view ?? nextView(piece);
      const before = piece.photos.filter((photo) => photo.view === view);
      for (const photo of before) await tx.remove("photos", photo.id);
      piece.photos = [...piece.photos.filter((photo) => photo.view !== view), { ...shot, view }];
      await tx.put("photos", { id: shot.id, piece: piece.id, blob });
      await tx.put("pieces", piece);
      await tx.put("facts", work.replaces ? work : null, "taking"); // the camera has given its photo
      return piece;
    });
  }

  /**
   * The draft that a photo belongs to: of the piece that is taken again, of the one that the camera was opened for, or
   * of the order. One that has all its photos takes no other: that is the next piece.
   */
  async #unfinished({ microfactory, design, lot, draft, view, replaces }) {
    // One that has all its photos takes another only in the place of a view that she looked at again.
    const drafts = (await this.#drafts(microfactory)).filter((one) => view || wantsPhoto(one));
    if (replaces) return drafts.find((piece) => piece.replaces === replaces);
    if (draft) return drafts.find(({ id }) => id === draft);
    const inHand = drafts.find(({ aside }) => !aside);
    return inHand?.design === design && inHand.lot === lot ? inHand : null;
  }

  /** A photo that the hub refused goes when the one that was taken instead is made small, in the same step. */
  async #giveWay(tx, id) {
    const taking = await tx.get("facts", "taking");
    if (taking?.replaces === id && !taking.open) await tx.remove("facts", "taking");
    const refused = await tx.get("pieces", id);
    if (refused?.state !== "refused") return null;
    for (const photo of refused.photos) await tx.remove("photos", photo.id);
    await tx.remove("pieces", id);
    return refused;
  }

  async #begun(tx, { microfactory, lot, design, views, piece, taken_at, replaces, first_at }) {
    const order = await nextOrder(tx);
    return {
      id: newUuid(),
      order,
      microfactory,
      piece: piece ?? `${this.phone}-${order}`,
      lot,
      design,
      views: views?.length ? views : DEFAULT_VIEWS,
      taken_at,
      state: "draft",
      why: null,
      attempts: 0,
      asked: false,
      photos: [],
      inspection: null,
      appeal: null,
      own: true,
      aside: false,
      replaces: replaces ?? null,
      first_at: first_at ?? null,
    };
  }

  async #prepare(pieceId, shotId) {
    const kept = await this.store.get("photos", shotId);
    if (!kept) return;
    let made;
    try {
      made = await opened(kept.blob);
    } catch (error) {
      await this.#drop(pieceId, shotId);
      throw error;
    }
    await this.#settle(pieceId, shotId, made);
  }

  /** Small and judged; then the next view, or off it goes. */
  async #settle(pieceId, shotId, { photo: blob, width, height, canvas }) {
    const faults = await judged(canvas);
    const thumb = thumbOf(canvas);
    const replaced = await withRoom(this.store, () =>
      this.store.change(["pieces", "photos", "facts"], async (tx) => {
        const piece = await tx.get("pieces", pieceId);
        const at = piece?.photos.findIndex(({ id }) => id === shotId) ?? -1;
        if (at < 0) return null; // taken again, or dropped, meanwhile
        piece.photos[at] = { ...piece.photos[at], width, height, bytes: blob.size, faults, raw: false };
        if (piece.photos[at].view === piece.views[0]) piece.thumb = thumb;
        await tx.put("photos", { id: shotId, piece: pieceId, blob });
        await tx.put("pieces", piece);
        return piece.replaces && this.#giveWay(tx, piece.replaces);
      }),
    );
    if (replaced) this.told.onReplaced(replaced);
    await this.finishIfWhole(pieceId);
  }

  async #drop(pieceId, shotId) {
    const left = await this.store.changePiece(pieceId, ({ photos }) => ({
      photos: photos.filter(({ id }) => id !== shotId),
    }));
    await this.store.remove("photos", shotId);
    if (left?.photos.length === 0) await this.store.removePiece(pieceId);
    this.told.onChange();
  }

  /** Into the queue, once every wanted view is there and every fault was fixed or accepted. */
  async finishIfWhole(id) {
    const piece = await this.store.changePiece(id, (draft) =>
      draft.state === "draft" && isWhole(draft) ? { state: "waiting", photos: inOrder(draft) } : {},
    );
    if (piece?.state === "waiting") this.told.onFinished(id);
    this.told.onChange();
  }

  /** She has seen what is wrong with the photo and wants to send it. */
  async acceptFaults(id) {
    await this.store.changePiece(id, ({ photos }) => ({ photos: photos.map((photo) => ({ ...photo, anyway: true })) }));
    await this.finishIfWhole(id);
  }

  /** She has looked at its views, each of which she might have taken again. */
  async sendSeen(id) {
    await this.store.changePiece(id, { seen: true });
    await this.finishIfWhole(id);
  }

  /** A piece that waits is in her hand again, to take a view anew; not one that is being sent or was. */
  async takeBack(id) {
    const piece = await this.store.changePiece(id, ({ state, asked }) =>
      state === "waiting" && !asked ? { state: "draft", aside: false, seen: false } : {},
    );
    this.told.onChange();
    return piece?.state === "draft";
  }

  /** Does a piece that was begun have this very file, not made small yet? */
  async isKept(file, { microfactory }) {
    const shots = (await this.#drafts(microfactory)).flatMap(({ photos }) => photos);
    return shots.some(({ raw, bytes }) => raw && bytes === file.size);
  }

  /** What a killed page left: photos as the camera wrote them are made small now. */
  async resume() {
    for (const piece of await this.store.all("pieces")) {
      if (piece.state !== "draft") continue;
      for (const { id, raw } of piece.photos) if (raw) await this.#prepare(piece.id, id).catch(notUnreadable);
    }
  }
}

/** All is there; of several views she has also seen all, and says so. */
const isWhole = (piece) => isComplete(piece) && (piece.views.length === 1 || piece.seen === true);

export const isComplete = ({ views, photos }) =>
  views.every((view) => photos.some((photo) => photo.view === view && !photo.raw && isGood(photo)));

const inOrder = ({ views, photos }) =>
  [...photos].sort((one, other) => views.indexOf(one.view) - views.indexOf(other.view));

const isGood = ({ faults, anyway }) => faults.length === 0 || anyway === true;

/** The photo that has to be taken again or accepted, if any. */
export const doubtful = (piece) => piece?.photos.find((photo) => !photo.raw && !isGood(photo)) ?? null;

/** The view that the next photo shows: one that is to be taken again, else the first that is missing. */
export const nextView = (piece) => doubtful(piece)?.view ?? missing(piece) ?? piece.views[piece.views.length - 1];

const missing = ({ views, photos }) => views.find((view) => !photos.some((photo) => photo.view === view));

export const wantsPhoto = (piece) => doubtful(piece) !== null || missing(piece) !== undefined;

async function opened(file) {
  try {
    return await shrinkPhoto(file);
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("not a picture");
  }
}

/** A check that fails keeps nobody from sending. */
async function judged(canvas) {
  try {
    return (await judge(canvas)).faults;
  } catch (error) {
    console.error(error);
    return [];
  }
}

function notUnreadable(error) {
  if (!(error instanceof Unreadable)) throw error;
}
