// Room on the phone: asked to be kept, watched, and made by letting go of what the hub has already.

import { isFull, newestFirst } from "./store.js";

const LOW_BYTES = 25_000_000; // some five photos as a camera writes them, before they are made small
const PIECES_WITH_PHOTOS = 120;
const PIECES_LISTED = 400;
export const KEPT_WHEN_FULL = 10;

let asked = false;

/** Ask the browser not to clear this app's data when the phone runs full; once a start, for some ask the person. */
export async function askToBeKept() {
  if (asked) return;
  asked = true;
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch {
    // a browser that cannot promise it
  }
}

/** @returns {Promise<{low: boolean, free: number|null}>} free in bytes; null where the browser does not say */
export async function roomLeft() {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return { low: quota - usage < LOW_BYTES, free: quota - usage };
  } catch {
    return { low: false, free: null };
  }
}

/**
 * Drop photos that the hub has, oldest first, but for the last `kept`; what is not sent is never touched.
 * @returns {Promise<number>} how many were dropped
 */
export async function makeRoom(store, kept = PIECES_WITH_PHOTOS) {
  return store.change(["pieces", "photos", "facts", "appeals"], async (tx) => {
    const sent = (await tx.all("pieces")).filter(({ state }) => state === "sent");
    sent.sort(newestFirst);
    let dropped = 0;
    for (const piece of sent.slice(kept)) {
      const held = piece.photos.filter(({ id }) => id);
      for (const { id } of held) await tx.remove("photos", id);
      if (held.length) {
        dropped += held.length;
        await tx.put("pieces", { ...piece, photos: piece.photos.map((photo) => ({ ...photo, id: null })) });
      }
    }
    const contested = new Set((await tx.all("appeals")).map(({ piece }) => piece)); // not all of it is at the hub yet
    const old = sent.slice(PIECES_LISTED).filter(({ id }) => !contested.has(id)); // the hub remembers them
    for (const { id } of old) await tx.remove("pieces", id);
    const own = old.filter((piece) => piece.own).length;
    if (own) await tx.put("facts", ((await tx.get("facts", "let_go")) ?? 0) + own, "let_go");
    return dropped;
  });
}

/** Write, and where the phone is full, once more after room was made. */
export async function withRoom(store, write) {
  try {
    return await write();
  } catch (error) {
    if (!isFull(error) || !(await makeRoom(store, KEPT_WHEN_FULL))) throw error;
    return write();
  }
}
