// A piece on its way to a hub that is here an object: chunks, offsets, what is asked again and what is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.mjs";

const { contextOf, Pace, sendPiece } = await import("../../service/web/phone/send.js");
const { NoNetwork, Problem } = await import("../../service/web/phone/wire.js");

const refused = (status, type, headers = {}) =>
  Object.assign(new Problem(status, { type: `/problems/${type}` }), { headers: new Headers(headers) });

/** Keeps what comes; `trouble(method, path, hub)` may throw before it is kept. */
class Hub {
  uploads = new Map();
  asked = [];
  stored = null;

  constructor(trouble = () => {}) {
    this.trouble = trouble;
  }

  async get(path) {
    return (await this.ask(path)).json();
  }

  async ask(path, { method = "GET", headers = {}, body } = {}) {
    this.asked.push(method);
    this.trouble(method, path, this);
    const kept = this.uploads.get(path) ?? new Blob();
    if (method === "HEAD") {
      if (!this.uploads.has(path)) throw refused(404, "not-found");
      return new Response(null, { headers: { "Upload-Offset": kept.size } });
    }
    if (method === "GET") {
      if (!this.stored) throw refused(404, "not-found");
      return Response.json(this.stored);
    }
    if (method === "PUT") {
      this.stored = JSON.parse(body);
      return Response.json(this.stored);
    }
    if (Number(headers["Upload-Offset"]) !== kept.size) throw refused(409, "conflict", { "Upload-Offset": String(kept.size) });
    const now = new Blob([kept, body]);
    this.uploads.set(path, now);
    return new Response(null, { headers: { "Upload-Offset": now.size } });
  }
}

const photo = (id, size) => ({ id, view: "front", blob: new Blob([new Uint8Array(size).fill(7)]) });
const piece = (more = {}) => ({
  id: "1", microfactory: "mf", design: "d", lot: null, piece: null, taken_at: "2026-11-01", attempts: 1, asked: false,
  photos: [photo("a", 100_000), photo("b", 40_000)], ...more,
});
const ways = (more = {}) => ({ pace: new Pace(), onProgress: () => {}, onAsking: async () => {}, ...more });
const sizes = (hub) => [...hub.uploads.values()].map(({ size }) => size);

test("every byte comes once, in parts, and the share of it rises to all", async () => {
  const hub = new Hub();
  const shares = [];
  const answer = await sendPiece(hub, piece(), ways({ onProgress: (share) => shares.push(share) }));
  assert.deepEqual(sizes(hub), [100_000, 40_000]);
  assert.deepEqual(answer, { context: contextOf(piece()), uploads: ["a", "b"] });
  assert.deepEqual(shares, [...shares].sort((one, other) => one - other));
  assert.equal(shares.at(-1), 1);
  assert.ok(hub.asked.filter((method) => method === "PATCH").length > 2);
});

test("after a try before, it goes on from where the hub is", async () => {
  const hub = new Hub();
  hub.uploads.set("/v1/uploads/a", new Blob([new Uint8Array(60_000)]));
  await sendPiece(hub, piece({ attempts: 2 }), ways());
  assert.deepEqual(sizes(hub), [100_000, 40_000]);
});

test("where more came through than the phone heard of, the hub's word counts", async () => {
  let once = true;
  const hub = new Hub((method, path, { uploads }) => {
    if (method === "PATCH" && once) {
      once = false;
      uploads.set(path, new Blob([new Uint8Array(30_000)]));
    }
  });
  await sendPiece(hub, piece(), ways());
  assert.deepEqual(sizes(hub), [100_000, 40_000]);
});

test("a hub that says the same offset again is not asked for ever", async () => {
  const hub = new Hub((method) => {
    if (method === "PATCH") throw refused(409, "conflict", { "Upload-Offset": "0" });
  });
  await assert.rejects(sendPiece(hub, piece(), ways()), { status: 409 });
  assert.equal(hub.asked.length, 1);
});

test("what the hub lost meanwhile is brought once more, and once alone", async () => {
  const hub = new Hub((method, path, own) => {
    if (method !== "PUT") return;
    own.uploads.clear();
    throw refused(422, "upload-unfinished");
  });
  await assert.rejects(sendPiece(hub, piece(), ways()), { type: "/problems/upload-unfinished" });
  assert.equal(hub.asked.filter((method) => method === "PUT").length, 2);
});

test("what was asked before and is stored is not sent again", async () => {
  const hub = new Hub();
  hub.stored = { id: "1" };
  assert.deepEqual(await sendPiece(hub, piece({ asked: true }), ways()), { id: "1" });
  assert.deepEqual(hub.asked, ["GET"]);
});

test("it is kept that the hub was asked before it is asked", async () => {
  const hub = new Hub();
  let puts = null;
  await sendPiece(hub, piece(), ways({ onAsking: async () => (puts = hub.asked.filter((m) => m === "PUT").length) }));
  assert.equal(puts, 0);
});

test("a line that breaks makes the parts smaller, one that is fast larger, within bounds", async () => {
  const pace = new Pace();
  const hub = new Hub((method) => {
    if (method === "PATCH") throw new NoNetwork("gone");
  });
  await assert.rejects(sendPiece(hub, piece(), ways({ pace })), NoNetwork);
  assert.equal(pace.bytes, 16_384);
  pace.broke();
  assert.equal(pace.bytes, 16_384);
  pace.went(16_384, 0.001);
  assert.equal(pace.bytes, 65_536);
  pace.went(65_536, 0);
  assert.equal(pace.bytes, 262_144);
  pace.went(262_144, 600);
  assert.equal(pace.bytes, 16_384);
});
