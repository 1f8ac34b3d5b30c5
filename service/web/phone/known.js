// What the screens show: the store's pieces, lots and designs as one plain object, and photos as addresses for <img>.

import { draftOf } from "./appeals.js";
import { piecesOf } from "./news.js";
import { isWaiting } from "./queue.js";
import { wantsPhoto } from "./shots.js";
import { thumbOf } from "./shrink.js";

const DEFAULT_VIEWS = ["front"];
const WITH_DRAFT = ["camera", "unfinished"];
const WITH_PICTURES = ["piece", "action"];

export class Known {
  #pictures = new Map(); // url of an approved sample → object URL
  #own = new Map(); // id of a photo in the store → object URL
  #thumbs = new Set(); // ids of pieces whose small picture was asked for
  #remote = new Map(); // url of a photo at the hub → {src} or {lost}

  constructor(store, api, shots, onChange) {
    Object.assign(this, { store, api, shots, onChange });
  }

  /** @param {{screen: string, id: string|null}} sight  photos are read for what is in sight alone */
  async gather(sight) {
    const { store } = this;
    const facts = ["me", "designs", "lots", "work", "summary", "let_go", "taking", "actions", "answers"].map((name) => store.fact(name));
    const [me = null, designs = [], lots = [], chosen, summary = null, letGo = 0, taking, told = [], answers = []] = await Promise.all(facts);
    const pieces = await piecesOf(store, me?.microfactory);
    const appeals = await store.all("appeals");
    const again = taking?.replaces ? taking : null;
    const begun = await this.shots.draft(me?.microfactory, again?.replaces);
    const open = sight.screen === "piece" ? sight.id : WITH_DRAFT.includes(sight.screen) ? begun?.id : null;
    const found = open ? await store.pieceWithPhotos(open) : null;
    const shown = found?.microfactory === me?.microfactory ? found : null; // the phone may have changed hands
    const contest = shown && draftOf(appeals, shown.id);
    await this.#samples();
    this.#keepOnly([...(shown?.photos ?? []), ...partsOf(contest)]);
    const orders = lots.map((lot) => withThisPhones(lot, pieces));
    const work = workOf(chosen, designs, orders);
    const draft = begun && begun.id === shown?.id ? this.#inHand(shown) : begun;
    return {
      me,
      designs,
      lots: orders,
      summary,
      pieces,
      told,
      answers,
      counts: counted(pieces, [...appealsOf(pieces, appeals), ...answers.filter((one) => one.microfactory === me?.microfactory)], letGo),
      work,
      draft,
      again,
      hand: handOf(sight, draft, again, work),
      piece: sight.screen === "piece" && shown ? { ...shown, contest: this.#heldFor(contest) } : null,
      photos: sight.screen === "piece" && shown ? this.#pictured(shown) : [],
      picture: (url) => this.#pictures.get(url) ?? (WITH_PICTURES.includes(sight.screen) ? this.#fetched(url).src : null),
    };
  }

  #inHand = (draft) => ({ ...draft, photos: draft.photos.map((photo) => this.#withSource(photo)) });

  #pictured = ({ photos, inspection }) => photos.map((photo, at) => this.#shown(photo, inspection?.photos[at]));

  /** What she keeps for her contest of this piece; a photo that is not made small yet is not shown. */
  #heldFor(contest) {
    if (!contest) return null;
    const sources = partsOf(contest).map((part) => [part.name, part.raw ? null : this.#withSource(part).src]);
    return { raw: contest.raw, ...Object.fromEntries(sources) };
  }

  async #samples() {
    const urls = await this.store.keys("pictures");
    for (const [url, src] of this.#pictures) {
      if (urls.includes(url)) continue;
      URL.revokeObjectURL(src);
      this.#pictures.delete(url);
    }
    for (const url of urls) {
      if (this.#pictures.has(url)) continue;
      const blob = await this.store.get("pictures", url);
      if (blob) this.#pictures.set(url, URL.createObjectURL(blob));
    }
  }

  /** Addresses of photos that are out of sight are given back, or a day of work would fill the memory. */
  #keepOnly(seen) {
    const inSight = new Set(seen.map(sourceKey));
    for (const [key, src] of this.#own) {
      if (inSight.has(key)) continue;
      URL.revokeObjectURL(src);
      this.#own.delete(key);
    }
  }

  #withSource(photo) {
    if (!photo.blob) return { ...photo, src: null };
    const key = sourceKey(photo);
    if (!this.#own.has(key)) this.#own.set(key, URL.createObjectURL(photo.blob));
    return { ...photo, src: this.#own.get(key) };
  }

  /** Her own photo from the phone; from the hub where the phone has let it go. */
  #shown(photo, inspected) {
    const heat = () => (inspected?.heatmap_url ? this.api.photo(inspected.heatmap_url) : Promise.reject(new Error("none")));
    const own = this.#withSource(photo).src;
    if (own || !inspected) return { src: own, heat };
    if (inspected.removed_at) return { src: null, heat, gone: true };
    return { ...this.#fetched(inspected.photo_url), heat };
  }

  /** The small picture of a piece that has none here, once; it stays with the piece. */
  async thumb(id) {
    if (this.#thumbs.has(id)) return;
    this.#thumbs.add(id);
    const piece = await this.store.get("pieces", id);
    const url = piece?.inspection?.photos[0]?.photo_url;
    if (!url) return this.#thumbs.delete(id); // not sent yet
    try {
      const blob = await (await this.api.ask(`${url}?width=160`)).blob();
      const picture = await createImageBitmap(blob);
      await this.store.changePiece(id, { thumb: thumbOf(picture) });
      this.onChange();
    } catch {
      // no network: asked for again when the app is opened the next time
    }
  }

  /** A photo that this phone does not keep: her own of long ago, or one that hers was compared with. */
  #fetched(url) {
    if (!this.#remote.has(url)) {
      this.#remote.set(url, { src: null });
      const settle = (found) => this.#remote.set(url, found) && this.onChange();
      this.api.photo(url).then((src) => settle({ src }), (error) => settle({ src: null, lost: true, gone: error.status === 410 }));
    }
    return this.#remote.get(url);
  }
}

/** The same photo has other bytes once it was made small. */
const sourceKey = ({ id, raw }) => `${id}${raw ? " raw" : ""}`;

/** Voice and photo of a contest, each as what has bytes to be shown. */
const partsOf = (contest) =>
  ["voice", "photo"]
    .filter((name) => contest?.[name])
    .map((name) => ({ name, id: contest.kept[name], blob: contest[name], raw: name === "photo" && contest.raw }));

/**
 * What the next photo is of, as a piece: the one that was begun, what is taken again, or a new one of the chosen order.
 * A piece that has all its photos is in sight on the camera screen until they are made small; the next is another's.
 */
function handOf({ screen }, draft, again, work) {
  if (draft && (screen === "camera" || wantsPhoto(draft))) return draft;
  if (again) return { ...again, photos: [] };
  return work && { design: work.design.id, lot: work.lot?.id ?? null, views: work.views, photos: [] };
}

const SETTLED = ["passed", "accepted"];

/** Somebody at the hub said that it is of another design than the order's. */
const strays = (inspection, { design }) => Boolean(inspection?.design_unknown || (inspection?.sent_as && inspection.design !== design));

/**
 * An order's counts. What is done passed or was accepted, so that no piece is counted that may come back; what is with
 * the hub, and what waits on this phone, stands beside it. An answer that is newer than the hub's list is added to it.
 */
function withThisPhones(lot, pieces) {
  const ours = pieces.filter(({ lot: of, inspection }) => of === lot.id && !strays(inspection, lot));
  const marks = (wanted) => new Set(ours.filter(wanted).map(({ piece, id }) => piece ?? id));
  const judged = (statuses) => ({ state, inspection }) => state === "sent" && statuses.includes(inspection.status);
  const [settled, pending] = [judged(SETTLED), judged(["pending"])];
  const isNew = ({ inspection }) => lot.number !== undefined && inspection.number > lot.number;
  const known = marks((piece) => settled(piece) && !isNew(piece));
  const fresh = [...marks((piece) => settled(piece) && isNew(piece))].filter((mark) => !known.has(mark));
  const done = (lot.settled ?? lot.done) + fresh.length;
  const withHub = (lot.pending ?? 0) + marks((piece) => pending(piece) && isNew(piece)).size;
  const waiting = marks(({ state }) => isWaiting(state)).size;
  return { ...lot, done, with_hub: withHub, waiting };
}

function appealsOf(pieces, appeals) {
  const ours = new Set(pieces.map(({ id }) => id));
  return appeals.filter(({ piece }) => ours.has(piece));
}

/** @param {{state: string}[]} said contests and answers */
function counted(pieces, said, letGo) {
  const of = (wanted) => pieces.filter(wanted).length;
  return {
    waiting: of(({ state }) => isWaiting(state)) + said.filter(({ state }) => state === "waiting").length,
    sent: letGo + of(({ state, own }) => state === "sent" && own),
    refused: of(({ state }) => state === "refused"),
  };
}

/** What is being made; nothing where the order was closed or the design is gone. */
function workOf(chosen, designs, lots) {
  const design = chosen && designs.find(({ id }) => id === chosen.design);
  const lot = chosen?.lot ? lots.find(({ id }) => id === chosen.lot) : null;
  if (!design || lot === undefined) return null;
  return { design, lot, views: lot?.views?.length ? lot.views : DEFAULT_VIEWS };
}
