// Her contest, safe from its first second: what she says and shows lies on the disk as a draft, one a piece, before
// she sends it. Sent, the same record waits; refused for good, it is a draft again.
//
// A record is {id, piece, order, state: "draft"|"waiting", note, voice, photo, raw, kept}: `raw` while the photo is as
// the camera wrote it, `kept` names each part anew whenever its bytes change.

import { newUuid } from "../shared/token.js";
import { withRoom } from "./storage_quota.js";
import { mustBeOurs, Unreadable } from "./foreign.js";
import { shrinkPhoto } from "./shrink.js";
import { isFull, nextOrder } from "./store.js";

const EMPTY = { order: 0, state: "draft", note: "", voice: null, photo: null, raw: false, kept: {} };

export const draftOf = (appeals, piece) =>
  appeals.find(({ state, piece: of }) => state === "draft" && of === piece) ?? null;

export class Appeals {
  constructor(store, onChange) {
    this.store = store;
    this.onChange = onChange;
  }

  /**
   * Keep what goes with the contest of a piece.
   * @param {"voice"|"photo"} part
   * @throws Unreadable, QuotaExceededError: then the caller has it alone, and what was kept before is as it was
   */
  async keep(piece, part, blob) {
    if (part === "voice") return this.#put(piece, "voice", { voice: blob });
    await mustBeOurs(blob);
    try {
      await this.#put(piece, "photo", { photo: blob, raw: true }); // the file first: a page may die while it shrinks
    } catch (error) {
      if (!isFull(error)) throw error;
      return this.#put(piece, "photo", { photo: await small(blob), raw: false });
    }
    return this.#prepare(piece);
  }

  #put(piece, part, changed) {
    return this.#change(piece, ({ kept }) => ({ ...changed, kept: { ...kept, [part]: newUuid() } }));
  }

  /** Change the draft of a piece, or begin it; one with nothing in it goes. */
  async #change(piece, changed) {
    await withRoom(this.store, () =>
      this.store.change(["appeals", "pieces"], async (tx) => {
        if (!(await tx.get("pieces", piece))) return; // discarded meanwhile
        const draft = draftOf(await tx.all("appeals"), piece) ?? { ...EMPTY, id: newUuid(), piece };
        const next = { ...draft, ...changed(draft) };
        await (next.voice || next.photo ? tx.put("appeals", next) : tx.remove("appeals", next.id));
      }),
    );
    this.onChange();
  }

  async #prepare(piece) {
    const draft = draftOf(await this.store.all("appeals"), piece);
    if (!draft?.raw) return;
    const same = (now) => now.kept.photo === draft.kept.photo; // else taken anew, or dropped, meanwhile
    try {
      const photo = await small(draft.photo);
      await this.#change(piece, (now) =>
        same(now) ? { photo, raw: false, kept: { ...now.kept, photo: newUuid() } } : {},
      );
    } catch (error) {
      if (error instanceof Unreadable) await this.#change(piece, (now) => (same(now) ? { photo: null, raw: false } : {}));
      throw error;
    }
  }

  /** What a killed page left: photos as the camera wrote them are made small now. */
  async resume() {
    for (const { piece, raw } of await this.store.all("appeals")) {
      if (raw) await this.#prepare(piece).catch((error) => error instanceof Unreadable || console.error(error));
    }
  }

  drop(piece, part) {
    return this.#change(piece, () => ({ [part]: null, ...(part === "photo" && { raw: false }) }));
  }

  /** All of it, and that the hub refused it. */
  async forget(piece) {
    await this.store.change(["appeals", "pieces"], async (tx) => {
      const draft = draftOf(await tx.all("appeals"), piece);
      if (draft) await tx.remove("appeals", draft.id);
      const owner = await tx.get("pieces", piece);
      if (owner?.appeal?.state === "refused") await tx.put("pieces", { ...owner, appeal: null });
    });
    this.onChange();
  }

  // On its way

  /** The draft waits to be sent, or a bare word where she kept nothing; tapped twice it goes once. */
  async send(piece, note) {
    await this.#prepare(piece);
    await withRoom(this.store, () =>
      this.store.change(["appeals", "pieces", "facts"], async (tx) => {
        const owner = await tx.get("pieces", piece);
        if (!owner || owner.appeal?.state === "waiting") return;
        const draft = draftOf(await tx.all("appeals"), piece) ?? { ...EMPTY, id: newUuid(), piece };
        if (draft.raw) throw new Error("the photo is as the camera wrote it: it would say where she is");
        await tx.put("appeals", { ...draft, note, state: "waiting", order: await nextOrder(tx) });
        await tx.put("pieces", { ...owner, appeal: { id: draft.id, state: "waiting" } });
      }),
    );
    this.onChange();
  }

  /** The hub has her voice and photo: here only the state stays, on the piece. */
  sent({ id, piece }) {
    return this.#settle(id, piece, { id, state: "sent" });
  }

  /** Hers again, to send or to drop. A new UUID: the hub may hold something else under the old one. */
  refused(appeal, why) {
    const { id, piece, voice, photo } = appeal;
    const again = voice || photo ? { ...EMPTY, ...appeal, id: newUuid(), state: "draft" } : null;
    return this.#settle(id, piece, { id, state: "refused", why }, again);
  }

  #settle(id, piece, settled, again = null) {
    return this.store.change(["appeals", "pieces"], async (tx) => {
      const owner = await tx.get("pieces", piece);
      await tx.remove("appeals", id);
      if (!owner) return;
      if (again) await tx.put("appeals", again);
      await tx.put("pieces", { ...owner, appeal: settled });
    });
  }
}

async function small(file) {
  try {
    return (await shrinkPhoto(file)).photo;
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("not a picture");
  }
}
