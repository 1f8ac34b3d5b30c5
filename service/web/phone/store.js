// What must not be lost, in IndexedDB: pieces and their photos, appeals, and what the hub last said.
//
// const store = await Store.open();  await store.change(["pieces"], (tx) => tx.put("pieces", piece));
//
// A piece is {id, order, microfactory, piece, lot, design, views, taken_at, state, why, attempts, photos, inspection,
// appeal, own}; its photos' bytes lie apart, so that a change of state does not write them again. `order` counts up
// on this phone, whatever its clock says.

const NAME = "ubora";

/** One step a version. A step adds and never drops: a phone may come from any version, with a full queue. */
export const STEPS = [
  (database) => {
    database.createObjectStore("pieces", { keyPath: "id" });
    database.createObjectStore("photos", { keyPath: "id" }); // {id, piece, blob}
    database.createObjectStore("appeals", { keyPath: "id" }); // appeals.js says of what
    database.createObjectStore("pictures"); // url → Blob: approved samples
    database.createObjectStore("facts"); // name → what the hub last said, and where this phone stands
  },
];

const never = new Promise(() => {});

export class Store {
  /** @param {() => void} onOutdated a newer page needs this one's closed: nothing that is asked of it is answered */
  static open(onOutdated = () => {}, steps = STEPS) {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, steps.length);
      asked.onupgradeneeded = ({ oldVersion }) => {
        for (const step of steps.slice(oldVersion)) step(asked.result, asked.transaction);
      };
      asked.onsuccess = () => {
        const store = new Store(asked.result);
        asked.result.onversionchange = () => {
          asked.result.close();
          store.closed = true;
          onOutdated();
        };
        resolve(store);
      };
      asked.onerror = () => reject(asked.error);
    });
  }

  constructor(database) {
    this.database = database;
  }

  /**
   * One transaction: all of it is on the disk when this returns, or nothing is.
   * @param work takes {get, all, keys, put, remove}; it awaits nothing else
   */
  async change(stores, work) {
    if (this.closed) return never;
    const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
    const done = ended(transaction);
    done.catch(() => {}); // said below, once
    let found;
    try {
      found = await work(stepsOf(transaction));
    } catch (error) {
      if (!transaction.error) tryTo(() => transaction.abort());
      await done.catch(() => {});
      throw transaction.error ?? error;
    }
    await done;
    return found;
  }

  #read(step, store, key) {
    return this.closed ? never : stepsOf(this.database.transaction(store))[step](store, key);
  }

  get = (store, key) => this.#read("get", store, key);
  all = (store) => this.#read("all", store);
  keys = (store) => this.#read("keys", store);
  put = (store, value, key) => this.change([store], (tx) => tx.put(store, value, key));
  remove = (store, key) => this.change([store], (tx) => tx.remove(store, key));

  fact = (name) => this.get("facts", name);
  note = (name, value) => this.put("facts", value, name);

  /** Several facts, as they are at one moment. */
  facts(...names) {
    if (this.closed) return never;
    const steps = stepsOf(this.database.transaction("facts"));
    return Promise.all(names.map((name) => steps.get("facts", name)));
  }

  /** Change one piece as it is now, not as a page remembers it; nothing happens where it is gone. */
  changePiece(id, changed) {
    return this.change(["pieces"], async (tx) => {
      const piece = await tx.get("pieces", id);
      if (!piece) return null;
      const next = { ...piece, ...(typeof changed === "function" ? changed(piece) : changed) };
      await tx.put("pieces", next);
      return next;
    });
  }

  /** A piece with its photos' bytes; a photo that was dropped to make room has blob null. */
  async pieceWithPhotos(id) {
    const piece = await this.get("pieces", id);
    if (!piece) return null;
    const kept = await Promise.all(piece.photos.map((photo) => photo.id && this.get("photos", photo.id)));
    return { ...piece, photos: piece.photos.map((photo, at) => ({ ...photo, blob: kept[at]?.blob ?? null })) };
  }

  /** Gone for good, its photos and appeals with it. */
  removePiece(id) {
    return this.change(["pieces", "photos", "appeals"], async (tx) => {
      const piece = await tx.get("pieces", id);
      for (const { id: photo } of piece?.photos ?? []) if (photo) await tx.remove("photos", photo);
      for (const appeal of await tx.all("appeals")) if (appeal.piece === id) await tx.remove("appeals", appeal.id);
      await tx.remove("pieces", id);
    });
  }
}

/** The next number of this phone, inside a transaction that also holds "facts". */
export async function nextOrder(tx) {
  const order = ((await tx.get("facts", "order")) ?? 0) + 1;
  await tx.put("facts", order, "order");
  return order;
}

/** Not sent first, newest first; what the hub has, by the hub's numbers, or its times where it was heard of before. */
export function newestFirst(one, other) {
  const [here, there] = [one, other].map(({ inspection }) => inspection);
  if (here?.number && there?.number) return there.number - here.number;
  if (here && there) return here.received_at < there.received_at ? 1 : here.received_at > there.received_at ? -1 : 0;
  if (here || there) return here ? 1 : -1;
  return other.order - one.order;
}

export const isFull = (error) => error?.name === "QuotaExceededError";

function stepsOf(transaction) {
  const of = (store) => transaction.objectStore(store);
  return {
    get: (store, key) => answered(of(store).get(key)),
    all: (store) => answered(of(store).getAll()),
    keys: (store) => answered(of(store).getAllKeys()),
    put: (store, value, key) => answered(of(store).put(value, key)),
    remove: (store, key) => answered(of(store).delete(key)),
  };
}

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const ended = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was given up"));
  });

function tryTo(act) {
  try {
    act();
  } catch {
    // it has ended already
  }
}
