// What she answers to the hub about a defect that repeats: safe on the disk as a draft, sent in its turn.
//
// The fact "answers" is a list of {id, action, microfactory, state: "draft"|"waiting"|"refused", order, phrases, note,
// voice, kept, said_at, why}, one an action: `kept` names the voice anew whenever its bytes change.

import { newUuid } from "../../shared/token.js";
import { nextOrder } from "../store.js";
import { hubNow } from "../wire.js";

const EMPTY = { state: "draft", order: 0, phrases: [], note: "", voice: null, kept: null, said_at: null, why: null };

export const answerTo = (answers, action) => answers.find(({ action: of }) => of === action) ?? null;

const isEmpty = ({ phrases, note, voice }) => !phrases.length && !note.trim() && !voice;

/** Change the draft of an answer, or begin it. One that waits already is left alone. */
export function changeDraft(store, action, changed) {
  return change(store, action, async (tx, answer, microfactory) =>
    answer?.state === "waiting" ? answer : { ...EMPTY, id: newUuid(), action, microfactory, ...answer, ...changed },
  );
}

/** @returns {Promise<boolean>} whether there was something to send */
export async function queueAnswer(store, action) {
  const next = await change(store, action, async (tx, answer) => {
    if (!answer || isEmpty(answer) || answer.state === "waiting") return answer;
    // After a refusal under another UUID: the hub may hold something else under the old one.
    const id = answer.state === "refused" ? newUuid() : answer.id;
    return { ...answer, id, state: "waiting", why: null, order: await nextOrder(tx), said_at: new Date(hubNow()).toISOString() };
  });
  return next?.state === "waiting";
}

export const dropAnswer = (store, action) => change(store, action, async () => null);

function change(store, action, changed) {
  return store.change(["facts"], async (tx) => {
    const answers = (await tx.get("facts", "answers")) ?? [];
    const { microfactory } = await tx.get("facts", "me");
    const next = await changed(tx, answerTo(answers, action), microfactory);
    const others = answers.filter(({ action: of }) => of !== action);
    await tx.put("facts", next ? [...others, next] : others, "answers");
    return next;
  });
}

/** @returns the action as the hub knows it then */
export async function sendAnswer(api, { id, action, phrases, note, voice, said_at }) {
  const form = new FormData();
  form.append("context", JSON.stringify({ phrases, note, said_at }));
  if (voice) form.append("voice", voice, "voice");
  const path = `/v1/corrective-actions/${action}/answers/${id}`;
  return (await api.ask(path, { method: "PUT", body: form, seconds: 240 })).json();
}

/** The hub has it, and what became of the action is shown at once. */
export function settle(store, { id }, stored) {
  return store.change(["facts"], async (tx) => {
    const answers = (await tx.get("facts", "answers")) ?? [];
    await tx.put("facts", answers.filter((one) => one.id !== id), "answers");
    const actions = (await tx.get("facts", "actions")) ?? [];
    await tx.put("facts", actions.map((one) => (one.id === stored.id ? stored : one)), "actions");
  });
}

/** Hers again, to send or to drop. */
export function refuse(store, { id }, why) {
  return store.change(["facts"], async (tx) => {
    const answers = (await tx.get("facts", "answers")) ?? [];
    await tx.put("facts", answers.map((one) => (one.id === id ? { ...one, state: "refused", why } : one)), "answers");
  });
}
