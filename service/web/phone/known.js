// What the screens show: the store's pieces, lots and designs as one plain object, and photos as addresses for <img>.

import { piecesOf } from "./news.js";
import { isWaiting } from "./queue.js";

const DEFAULT_VIEWS = ["front"];

export class Known {
  #pictures = new Map(); // url of an approved sample → object URL
  #own = new Map(); // id of a photo in the store → object URL
  #remote = new Map(); // url of a photo at the hub → {src} or {lost}

  constructor(store, api, shots, onChange) {
    Object.assign(this, { store, api, shots, onChange });
  }

  /** @param {{screen: string, id: string|null}} sight  photos are read for what is in sight alone */
  async gather(sight) {
    const { store } = this;
    const facts = ["me", "designs", "lots", "work", "summary"].map((name) => store.fact(name));
    const [me = null, designs = [], lots = [], chosen, summary = null] = await Promise.all(facts);
    const pieces = await piecesOf(store, me?.microfactory);
    const appeals = await store.all("appeals");
    const draft = await this.shots.draft();
    const open = sight.screen === "piece" ? sight.id : sight.screen === "camera" ? draft?.id : null;
    const shown = open ? await store.pieceWithPhotos(open) : null;
    await this.#samples();
    this.#keepOnly(shown);
    return {
      me,
      designs,
      lots,
      summary,
      pieces,
      counts: counted(pieces, appeals),
      work: workOf(chosen, designs, lots),
      draft: sight.screen === "camera" && shown ? { ...shown, photos: shown.photos.map((photo) => this.#withSource(photo)) } : draft,
      piece: sight.screen === "piece" ? shown : null,
      photos: sight.screen === "piece" && shown ? shown.photos.map((photo, at) => this.#shown(photo, shown.inspection?.photos[at])) : [],
      picture: (url) => this.#pictures.get(url) ?? null,
    };
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
  #keepOnly(piece) {
    const inSight = new Set(piece?.photos.map(sourceKey));
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
    const url = inspected.photo_url;
    if (!this.#remote.has(url)) {
      this.#remote.set(url, { src: null });
      const settle = (found) => this.#remote.set(url, found) && this.onChange();
      this.api.photo(url).then((src) => settle({ src }), () => settle({ src: null, lost: true }));
    }
    return { ...this.#remote.get(url), heat };
  }
}

/** The same photo has other bytes once it was made small. */
const sourceKey = ({ id, raw }) => `${id}${raw ? " raw" : ""}`;

function counted(pieces, appeals) {
  const of = (wanted) => pieces.filter(wanted).length;
  return {
    waiting: of(({ state }) => isWaiting(state)) + appeals.filter(({ state }) => state === "waiting").length,
    sent: of(({ state, own }) => state === "sent" && own),
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
