// One piece or one appeal to the hub, over a line that may break at any byte.
//
// Photos go in chunks to /v1/uploads/{uuid} and on from where the hub is; then the inspection names them. UUIDs and
// bytes were fixed when the photo was taken, so whatever is repeated is stored once.

import { Problem } from "./wire.js";

const LEAST_BYTES = 16_384; // below that, headers cost more than they save
const MOST_BYTES = 262_144; // the hub takes no more in one request
const CHUNK_SECONDS = 6; // what is lost at most when the line breaks
const ANSWER_SECONDS = 120;
const JSON_BODY = { "Content-Type": "application/json" };

/** How much to send in one go, learnt from how fast the last one went. */
export class Pace {
  bytes = 2 * LEAST_BYTES;

  went(bytes, seconds) {
    const wanted = (CHUNK_SECONDS * bytes) / Math.max(seconds, 0.01);
    this.bytes = Math.round(Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.min(wanted, 4 * this.bytes))));
  }

  broke() {
    this.bytes = Math.max(LEAST_BYTES, Math.round(this.bytes / 2));
  }
}

/**
 * @param piece with its photos' bytes
 * @param {{pace: Pace, onProgress: (share: number) => void, onAsking: () => Promise<void>}} ways
 *   onAsking is called before the hub is asked to store it; from then on the answer alone may be what is missing
 * @returns the InspectionAnswer
 */
export async function sendPiece(api, piece, { pace, onProgress, onAsking }) {
  if (piece.asked) {
    const stored = await storedBefore(api, piece.id);
    if (stored) return stored;
  }
  const whole = piece.photos.reduce((sum, { blob }) => sum + blob.size, 0);
  for (let lost = 0; ; lost++) {
    let before = 0;
    for (const { id, blob } of piece.photos) {
      await upload(api, id, blob, { pace, resumes: piece.attempts > 1 || lost > 0 }, (sent) =>
        onProgress((before + sent) / whole),
      );
      before += blob.size;
    }
    await onAsking();
    try {
      const body = JSON.stringify({ context: contextOf(piece), uploads: piece.photos.map(({ id }) => id) });
      const ways = { method: "PUT", headers: JSON_BODY, body, seconds: ANSWER_SECONDS };
      return await (await api.ask(`/v1/inspections/${piece.id}`, ways)).json();
    } catch (error) {
      // The hub keeps unfinished uploads for two days only; it is told what it lacks once more.
      if (!(error instanceof Problem && error.type === "/problems/upload-unfinished" && lost < 1)) throw error;
    }
  }
}

/** @returns nothing; the hub's course with it comes with the news */
export async function sendAppeal(api, { id, piece, note, voice, photo }) {
  const form = new FormData();
  form.append("context", JSON.stringify({ note: note ?? "" }));
  if (voice) form.append("voice", voice, "voice");
  if (photo) form.append("photo", photo, "photo.jpg");
  const ways = { method: "PUT", body: form, seconds: 3 * ANSWER_SECONDS };
  await api.ask(`/v1/inspections/${piece}/appeals/${id}`, ways);
}

export function contextOf({ microfactory, design, lot, piece, photos, taken_at }) {
  return { microfactory, design, lot, piece, views: photos.map(({ view }) => view), taken_at };
}

async function storedBefore(api, id) {
  try {
    return await api.get(`/v1/inspections/${id}`);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

async function upload(api, id, blob, { pace, resumes }, onSent) {
  const path = `/v1/uploads/${id}`;
  let at = resumes ? await whereTheHubIs(api, path) : 0;
  onSent(at);
  while (at < blob.size) {
    const part = blob.slice(at, at + pace.bytes);
    const started = performance.now();
    try {
      const answer = await api.ask(path, {
        method: "PATCH",
        headers: {
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": String(at),
          "Upload-Length": String(blob.size),
        },
        body: part,
        seconds: ANSWER_SECONDS,
      });
      at = Number(answer.headers.get("Upload-Offset"));
      pace.went(part.size, (performance.now() - started) / 1000);
    } catch (error) {
      if (error.status !== 409) pace.broke();
      at = offsetOf(error, at);
    }
    onSent(at);
  }
}

async function whereTheHubIs(api, path) {
  try {
    return Number((await api.ask(path, { method: "HEAD" })).headers.get("Upload-Offset"));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return 0;
    throw error;
  }
}

/** 409 says where the hub is: more came through than this phone heard of. Anything else is thrown on. */
function offsetOf(error, at) {
  const there = error instanceof Problem && error.status === 409 ? error.headers?.get("Upload-Offset") : null;
  if (there === null || there === undefined || Number(there) === at) throw error;
  return Number(there);
}
