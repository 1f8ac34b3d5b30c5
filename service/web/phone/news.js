// What the hub has to tell, and this phone remembers: results, decisions, lots, designs, their approved photos.

import { hearConsent } from "./consent.js";
import { keepLater } from "./screens.js";
import { newestFirst } from "./store.js";
import { holderOf, NoNetwork } from "./wire.js";

const FIRST_LOOK = 30; // a phone that is new here shows this many pieces of its workshop
const PAGE = 100;
const LISTS_AFTER_MS = 10 * 60_000;
const SAMPLES_A_DESIGN = 2;
const LOTS = "/v1/lots?open=true&limit=200";
const OF_A_WORKSHOP = [
  "summary",
  "news",
  "change",
  "lots",
  "actions",
  "progress",
  "work",
  "let_go",
  "taking",
  "consent",
  "consent_asked",
];

export class News {
  #listsAt = 0;

  constructor(store, api) {
    this.store = store;
    this.api = api;
  }

  /** Everything that is due, the lightest first; what failed by itself is thrown after the rest was tried. */
  async fetch({ all = false } = {}) {
    const holder = await holderOf(this.store, this.api);
    if (!holder) return;
    const old = this.#listsAt === 0 || performance.now() - this.#listsAt > LISTS_AFTER_MS;
    const lists = all || old;
    // What was judged or decided is counted at once, or an order would seem to lose it for a while.
    const news = async () => (await this.#inspections(holder)) && !lists && (await this.#orders(holder));
    const due = [news];
    if (lists) due.push(() => this.#lists(holder), () => hearConsent(this.store, holder), () => this.#actions(holder));
    await eachTried([...due, () => this.#summary(holder), () => this.#samples(holder)]);
  }

  /**
   * The phone is this workshop's now, by this token: both at once, or neither.
   * Another workshop's figures and orders are not for this one; its pieces stay until it is back.
   */
  moveTo(microfactory, token) {
    return this.store.change(["facts"], async (tx) => {
      const before = await tx.get("facts", "me");
      if (before?.microfactory !== microfactory) {
        for (const fact of OF_A_WORKSHOP) await tx.remove("facts", fact);
        await tx.put("facts", { microfactory, name: microfactory }, "me");
      }
      await tx.put("facts", token, "token");
    });
  }

  /** What was heard for one workshop is kept while the phone is that workshop's, and no longer. */
  #keep({ me }, facts) {
    return this.store.change(["facts"], async (tx) => {
      if ((await tx.get("facts", "me"))?.microfactory !== me.microfactory) return;
      for (const [name, value] of Object.entries(facts)) await tx.put("facts", value, name);
    });
  }

  async #lists(holder) {
    const { me, line } = holder;
    const [workshops, designs, lots] = await Promise.all([
      line.list("/v1/microfactories"),
      line.list("/v1/designs"),
      line.list(LOTS),
    ]);
    const name = workshops.items.find(({ id }) => id === me.microfactory)?.name ?? me.name;
    await this.#keep(holder, { me: { ...me, name }, designs: designs.items, lots: numbered(lots) });
    this.#listsAt = performance.now();
  }

  /** Defects that the hub looks at with her: their page is here before there is no network. */
  async #actions(holder) {
    const { items } = await holder.line.list("/v1/corrective-actions?limit=20");
    await this.#keep(holder, { actions: items });
    if (items.length) keepLater();
  }

  async #orders(holder) {
    if (!(await this.store.fact("lots"))?.length) return;
    await this.#keep(holder, { lots: numbered(await holder.line.list(LOTS)) });
  }

  /** Approved photos of what is being made now, and her own of what is looked at together, small; those that are not asked for any more go. */
  async #samples({ line }) {
    const [designs = [], lots = [], work, told = []] = await Promise.all(
      ["designs", "lots", "work", "actions"].map((name) => this.store.fact(name)),
    );
    const made = new Set([...lots.map(({ design }) => design), work?.design]);
    const asked = told.filter(({ state }) => state === "told").flatMap(({ examples }) => examples);
    const wanted = new Set([
      ...designs.filter(({ id }) => made.has(id)).flatMap((design) => sampleUrls(design).slice(0, SAMPLES_A_DESIGN)),
      ...asked.flatMap(({ photo_url: url }) => (url ? [`${url}?width=320`] : [])),
    ]);
    const kept = new Set(await this.store.keys("pictures"));
    for (const url of kept) if (!wanted.has(url)) await this.store.remove("pictures", url);
    const missing = [...wanted].filter((url) => !kept.has(url));
    await eachTried(missing.map((url) => () => this.#sample(line, url)));
  }

  async #sample(line, url) {
    await this.store.put("pictures", await (await line.ask(url)).blob(), url);
  }

  async #inspections(holder) {
    // "news" is a time that an older app has noted, and counts until the first number is known.
    const [after, since] = await this.store.facts("change", "news");
    const isNews = Boolean(after || since);
    const what = after ? `changed_after=${after}` : `changed_since=${encodeURIComponent(since)}`;
    const asked = isNews ? `${what}&limit=${PAGE}` : `limit=${FIRST_LOOK}`;
    let cursor = null;
    let heard = false;
    do {
      const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const page = await holder.line.list(`/v1/inspections?${asked}${more}`);
      for (const inspection of page.items) await this.#take(inspection);
      heard ||= page.items.length > 0;
      for (const { id } of page.deleted ?? []) await this.#forget(id);
      const changes = [...page.items, ...(page.deleted ?? [])].map(({ change }) => change).sort((one, other) => one - other);
      // Of news the last, which is a lesser one where the hub was put back to an older day.
      const latest = isNews ? changes[changes.length - 1] : Math.max(0, ...changes);
      if (latest) await this.#keep(holder, { change: latest });
      cursor = isNews ? page.next_cursor : null;
    } while (cursor);
    return heard;
  }

  /** A piece of this phone gets its answer (also one whose answer was lost); one of another phone is listed too. */
  #take(inspection) {
    return this.store.change(["pieces"], async (tx) => {
      const known = await tx.get("pieces", inspection.id);
      const piece = known ?? pieceOf(inspection);
      if (known?.inspection && known.inspection.change === inspection.change) return;
      await tx.put("pieces", { ...piece, state: "sent", why: null, inspection });
    });
  }

  /** The hub deleted it, for good. What waits here still is sent, and refused with a word. */
  async #forget(id) {
    if ((await this.store.get("pieces", id))?.state === "sent") await this.store.removePiece(id);
  }

  async #summary(holder) {
    const of = encodeURIComponent(holder.me.microfactory);
    const summary = await holder.line.get(`/v1/microfactories/${of}/summary?window_days=30`);
    await this.#keep(holder, { summary: { ...summary, fetched_at: new Date().toISOString() } });
  }
}

/** Each order knows up to which inspection it was counted. */
const numbered = ({ items, number }) => items.map((lot) => ({ ...lot, number }));

/** One thing that fails does not keep the others from coming; it is asked for again with the next news. */
async function eachTried(acts) {
  let failed = null;
  let unanswered = 0;
  for (const act of acts) {
    try {
      await act();
      unanswered = 0;
    } catch (error) {
      unanswered = error instanceof NoNetwork ? unanswered + 1 : 0;
      if (error.status === 401 || unanswered > 1) throw error; // nothing else would come either
      failed ??= error;
    }
  }
  if (failed) throw failed;
}

export const sampleUrls = ({ approved_photos: photos }) => (photos ?? []).map((url) => `${url}?width=320`);

/** The list of this workshop's pieces as the phone knows it. */
export async function piecesOf(store, microfactory) {
  const pieces = await store.all("pieces");
  return pieces.filter((piece) => piece.microfactory === microfactory).sort(newestFirst);
}

function pieceOf({ id, microfactory, design, lot, piece, taken_at, photos }) {
  return {
    id,
    order: 0,
    microfactory,
    piece,
    lot,
    design,
    views: photos.map(({ view }) => view),
    taken_at,
    attempts: 0,
    own: false,
    photos: photos.map(({ view, width, height, faults }) => ({ id: null, view, width, height, bytes: 0, faults })),
  };
}
