// The stream of news, against a hub that is here an object: asked for anew, given up while nobody looks, polled behind.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "./browser.mjs";

const { Live } = await import("../../service/web/console/live.js");

const page = new EventTarget();
Object.assign(page, { hidden: false });
Object.defineProperty(globalThis, "document", { value: page, configurable: true });
globalThis.addEventListener = () => {};

/** Streams that it was asked for; each is sent lines by hand, or breaks. */
class Hub {
  streams = [];
  broken = false;

  async ask(path, { signal }) {
    this.streams.push({ path, signal });
    if (this.broken) throw Object.assign(new Error("no answer"), { retryAfter: this.retryAfter });
    const stream = new TransformStream();
    const writer = stream.writable.getWriter();
    const encoder = new TextEncoder();
    signal.addEventListener("abort", () => writer.abort(signal.reason).catch(() => {}));
    Object.assign(this.streams.at(-1), { send: (text) => writer.write(encoder.encode(text)), end: () => writer.close() });
    return new Response(stream.readable);
  }
}

const settled = async () => {
  for (let at = 0; at < 30; at += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A page that listens, with its clock in the test's hands. */
async function listening(context, hub) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const heard = [];
  const live = new Live(hub);
  live.listen((kind) => heard.push(kind));
  live.enter(true);
  const pass = async (ms) => {
    context.mock.timers.tick(ms);
    await settled();
  };
  await pass(1);
  return { live, heard, pass };
}

beforeEach(() => (page.hidden = false));

test("each event wakes who listens once, however it is cut into parts", async (context) => {
  const hub = new Hub();
  const { heard } = await listening(context, hub);
  const [{ send, path }] = hub.streams;
  assert.equal(path, "/v1/queue/events?everything=true");
  await send("retry: 3000\n\nid: 7\nevent: que");
  await send('ue\ndata: {"change": 7}\n\n: here\n\n');
  await send('id: 9\nevent: ledger\ndata: {"change": 9}\n\n');
  await settled();
  assert.deepEqual(heard, ["queue", "ledger"]);
});

test("while the stream stands nothing is polled; where it broke it is, until it stands again", async (context) => {
  const hub = new Hub();
  const { heard, pass } = await listening(context, hub);
  await hub.streams[0].send("id: 1\nevent: queue\n\n");
  await settled();
  await pass(6_000);
  assert.deepEqual(heard, ["queue"]);
  hub.broken = true;
  await hub.streams[0].end();
  await settled();
  await pass(1);
  await pass(10_000);
  assert.ok(heard.length >= 2, String(heard));
});

test("a hub that is away is asked less and less often, and after as long as it says", async (context) => {
  const hub = Object.assign(new Hub(), { broken: true });
  const { pass } = await listening(context, hub);
  const asked = [];
  for (let minute = 0; minute < 3; minute += 1) {
    const before = hub.streams.length;
    for (let second = 0; second < 60; second += 1) await pass(1_000);
    asked.push(hub.streams.length - before);
  }
  assert.ok(asked[0] >= 4 && asked[2] <= 2, String(asked));
  hub.retryAfter = 600;
  await pass(80_000);
  const before = hub.streams.length;
  await pass(400_000);
  assert.equal(hub.streams.length, before);
});

test("a page that nobody sees for a minute lets its stream go, and asks for one when it is seen", async (context) => {
  const hub = new Hub();
  const { heard, pass } = await listening(context, hub);
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  await pass(30_000);
  await hub.streams[0].send(": here\n\n");
  await settled();
  await pass(29_000);
  assert.equal(hub.streams[0].signal.aborted, false);
  await pass(2_000);
  assert.equal(hub.streams[0].signal.aborted, true);
  await pass(120_000);
  assert.equal(hub.streams.length, 1);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await pass(1);
  assert.equal(hub.streams.length, 2);
  assert.deepEqual(heard, ["queue"]); // what came meanwhile is asked for
});

test("a stream that says nothing for long is given up, as a line that died unheard", async (context) => {
  const hub = new Hub();
  const { pass } = await listening(context, hub);
  await pass(41_000);
  assert.equal(hub.streams[0].signal.aborted, true);
  await pass(2_000);
  assert.equal(hub.streams.length, 2);
});

test("nobody who is logged out listens", async (context) => {
  const hub = new Hub();
  const { live, pass } = await listening(context, hub);
  live.enter(false);
  await pass(120_000);
  assert.equal(hub.streams[0].signal.aborted, true);
  assert.equal(hub.streams.length, 1);
});
