// The way to the hub: what was refused, whose token it is, whose clock; and what a person pasted.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { answerWith, storage } from "./browser.mjs";

const { HandedOver, hubNow, NoNetwork, Problem, Wire } = await import("../../service/web/phone/wire.js");
const { problemOf } = await import("../../service/web/shared/api.js");
const { newUuid, readPasted, Token } = await import("../../service/web/shared/token.js");
const { readTyped } = await import("../../service/web/phone/enrol.js");

function wire() {
  const token = new Token(storage, "t");
  token.set("ub_hers");
  return new Wire(token);
}

beforeEach(() => storage.clear());

test("a refusal says whether the same may be sent again", () => {
  const passing = [500, 503, 408, 429].map((status) => problemOf(status, "{}").passing);
  const final = [400, 404, 409, 422].map((status) => problemOf(status, "{}").passing);
  assert.deepEqual([passing, final], [Array(4).fill(true), Array(4).fill(false)]);
  assert.equal(new NoNetwork("none").passing, true);
});

test("a proxy's page is a problem without words of ours", () => {
  const problem = problemOf(502, "<html>Bad gateway</html>", "7");
  assert.deepEqual([problem.message, problem.type, problem.retryAfter], ["HTTP 502", "", 7]);
});

test("a refusal has the service's words, its kind and its headers", async () => {
  const body = JSON.stringify({ title: "Conflict", detail: "it is at 40", type: "/problems/conflict" });
  answerWith(() => new Response(body, { status: 409, headers: { "Upload-Offset": "40" } }));
  const problem = await wire().ask("/v1/uploads/1").catch((error) => error);
  assert.ok(problem instanceof Problem);
  assert.deepEqual([problem.message, problem.type], ["it is at 40", "/problems/conflict"]);
  assert.equal(problem.headers.get("Upload-Offset"), "40");
});

test("the token goes with every question", async () => {
  answerWith((_, { headers }) => Response.json(headers));
  assert.deepEqual(await wire().get("/v1/me"), { Authorization: "Bearer ub_hers" });
});

test("no answer is no network, and is told once", async () => {
  const line = wire();
  let told = 0;
  line.onReached = () => (told += 1);
  answerWith(() => {
    throw new TypeError("fetch failed");
  });
  for (let n = 0; n < 3; n += 1) await assert.rejects(line.ask("/v1/me"), NoNetwork);
  assert.deepEqual([line.reached, told], [false, 1]);
});

test("an answer for the holder before is nothing for the next one", async () => {
  const line = wire();
  const before = line.heldBy("ub_hers");
  answerWith(() => {
    line.token.set("ub_next");
    return Response.json({ microfactory: "hers" });
  });
  await assert.rejects(before.get("/v1/me"), HandedOver);
  let asked = 0;
  answerWith(() => Response.json({ asked: (asked += 1) }));
  await assert.rejects(before.get("/v1/me"), HandedOver);
  assert.equal(asked, 0);
  assert.deepEqual(await line.get("/v1/me"), { asked: 1 });
});

test("the hub's clock is heard from any answer", async () => {
  const ahead = 3_600_000;
  answerWith(() => new Response("{}", { headers: { Date: new Date(Date.now() + ahead).toUTCString() } }));
  await wire().ask("/v1/me");
  // Its header has whole seconds.
  assert.ok(Math.abs(hubNow() - Date.now() - ahead) <= 1500);
});

test("a token holds what a header can carry", () => {
  const token = new Token(storage, "t");
  token.set(" ub_a\u00a0b\n“c” ");
  assert.equal(token.get(), "ub_abc");
});

test("a link or the bare token is pasted", () => {
  assert.equal(readPasted("https://hub/phone/#token=ub_1%2B2&x=1"), "ub_1+2");
  assert.equal(readPasted("  ub_1\n"), "ub_1");
});

test("a code, a link with one, a token or a link with that is typed", () => {
  assert.deepEqual(readTyped("https://hub/phone/#enrol=K7QM%2D2XRD"), { code: "K7QM-2XRD" });
  assert.deepEqual(readTyped(" k7qm 2xrd "), { code: "k7qm 2xrd" });
  assert.deepEqual(readTyped("ub_1"), { token: "ub_1" });
  assert.deepEqual(readTyped("https://hub/phone/#token=ub_1"), { token: "ub_1" });
});

test("half a link is no link, and breaks nothing", () => {
  assert.deepEqual(readTyped("https://hub/phone/#enrol=K7QM%2"), { code: "K7QM%2" });
  assert.equal(readPasted("https://hub/phone/#token=ub_%E0%A4"), "ub_%E0%A4");
});

test("a name for a piece is a UUID of version 4, also where the browser makes none", () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  const { getRandomValues } = crypto;
  Object.defineProperty(globalThis, "crypto", { value: { getRandomValues: getRandomValues.bind(crypto) }, configurable: true });
  try {
    const made = new Set(Array.from({ length: 200 }, newUuid));
    assert.equal(made.size, 200);
    for (const one of made) assert.match(one, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  } finally {
    Object.defineProperty(globalThis, "crypto", own);
  }
});
