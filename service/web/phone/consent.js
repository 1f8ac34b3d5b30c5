// What this workshop says of the use of its photos and voice notes: kept here until the hub has it, asked for once.
//
// Facts: "consent" is what counts as far as this phone knows, "consent_asked" that she was asked, "consent_waiting"
// an answer that the hub does not have yet. No answer is no consent, and is sent nowhere.

import { newUuid } from "../shared/token.js";
import { hubNow, Problem } from "./wire.js";

export const WORDS = "2026-11"; // of the whose.* texts that she reads; another one as soon as they say something else
const FIRST_LOOK_S = 8; // a phone that is opened with no network must not wait long
const JSON_BODY = { "Content-Type": "application/json" };

/** @returns {Promise<{last: object|null, waits: boolean, asked: boolean}>} for the screen */
export async function consentKnown(store) {
  const [last = null, asked, waiting] = await store.facts("consent", "consent_asked", "consent_waiting");
  return { last, waits: Boolean(waiting), asked: Boolean(asked || last) };
}

/** Is she to be asked now? Not where somebody of her workshop has answered on another phone. */
export async function isUnasked(store, { me, line }) {
  if ((await consentKnown(store)).asked) return false;
  try {
    await hearConsent(store, { me, line }, { seconds: FIRST_LOOK_S });
  } catch (error) {
    if (error.status === 404) return false; // an older hub
  }
  return !(await consentKnown(store)).asked;
}

/** What counts by the hub; an answer that waits here is newer. */
export async function hearConsent(store, { me, line }, how = {}) {
  const of = encodeURIComponent(me.microfactory);
  const { last } = await (await line.ask(`/v1/microfactories/${of}/consents`, how)).json();
  await keepHeard(store, me, last);
}

/** She was asked and did not say. */
export const leaveOpen = (store) => store.note("consent_asked", true);

/** What she says from now on; the hub hears of it with the next way there. */
export function answer(store, said) {
  return store.change(["facts"], async (tx) => {
    const { microfactory } = await tx.get("facts", "me");
    const last = await tx.get("facts", "consent");
    const body = { ...said, words: WORDS, said_at: new Date(hubNow()).toISOString(), after: last?.after ?? last?.id };
    const made = { ...body, id: newUuid() };
    await tx.put("facts", { microfactory, id: made.id, body }, "consent_waiting");
    await tx.put("facts", made, "consent");
    await tx.put("facts", true, "consent_asked");
  });
}

/** Send what waits; before any piece, so that the hub knows whose photos may be used when they come. */
export async function sendConsent(store, { me, line }) {
  const waiting = await store.fact("consent_waiting");
  if (!waiting || waiting.microfactory !== me.microfactory) return;
  const path = `/v1/microfactories/${encodeURIComponent(me.microfactory)}/consents/${waiting.id}`;
  try {
    const ways = { method: "PUT", headers: JSON_BODY, body: JSON.stringify(waiting.body) };
    const { last } = await (await line.ask(path, ways)).json();
    await settle(store, me, waiting, last);
  } catch (error) {
    if (!(error instanceof Problem) || error.passing || error.status === 401) throw error;
    // Another phone said no meanwhile, which counts; she sees it, and may say otherwise.
    await settle(store, me, waiting, error.body.last ?? null);
  }
}

/** The hub has it, unless she said something else meanwhile. */
function settle(store, me, { id }, last) {
  return store.change(["facts"], async (tx) => {
    if ((await tx.get("facts", "consent_waiting"))?.id !== id) return;
    await tx.remove("facts", "consent_waiting");
    if ((await tx.get("facts", "me"))?.microfactory === me.microfactory) await tx.put("facts", last, "consent");
  });
}

function keepHeard(store, me, last) {
  return store.change(["facts"], async (tx) => {
    if ((await tx.get("facts", "me"))?.microfactory !== me.microfactory) return;
    if (!(await tx.get("facts", "consent_waiting"))) await tx.put("facts", last, "consent");
  });
}
