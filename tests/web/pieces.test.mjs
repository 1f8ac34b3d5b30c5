// What a piece lacks, which comes first, how an order stands, and what a photo or a file is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { loadWords } from "./browser.mjs";

await loadWords();
const { doubtful, isComplete, nextView, wantsPhoto } = await import("../../service/web/phone/shots.js");
const { designOf, orderLine, stateOf, stillOut } = await import("../../service/web/phone/home.js");
const { newestFirst } = await import("../../service/web/phone/store.js");
const { measure } = await import("../../service/web/phone/check.js");
const { nameOf } = await import("../../service/web/phone/foreign.js");
const { isPoor, noLongerKept, photosOf, waitingAppeal } = await import("../../service/web/console/piece/appeal.js");

const good = (view) => ({ view, faults: [] });
const blurred = (view, more = {}) => ({ view, faults: ["blur"], ...more });
const piece = (...photos) => ({ views: ["front", "back"], photos });

test("the next photo is the one to take again, else the first that is missing, else the last", () => {
  const next = [piece(), piece(good("front")), piece(good("front"), blurred("back")), piece(blurred("front"), good("back"))];
  assert.deepEqual(next.map(nextView), ["front", "back", "back", "front"]);
  assert.equal(nextView(piece(good("front"), good("back"))), "back");
});

test("a piece is complete once every view has a photo that is good, or sent anyway", () => {
  assert.equal(isComplete(piece(good("front"))), false);
  assert.equal(isComplete(piece(good("front"), blurred("back"))), false);
  assert.equal(isComplete(piece(good("front"), blurred("back", { anyway: true }))), true);
  assert.equal(isComplete(piece(good("front"), { ...good("back"), raw: true })), false);
});

test("a photo is asked for while one is missing or in doubt", () => {
  assert.deepEqual([piece(good("front")), piece(good("front"), good("back"))].map(wantsPhoto), [true, false]);
  assert.equal(doubtful(piece(blurred("front", { raw: true }))), null);
  assert.deepEqual(["front", "back"].map((view) => stateOf(view, piece(good("front")))), ["done", "now"]);
});

test("not sent first, newest first; then by the hub's numbers, or its times", () => {
  const sent = (number, received_at) => ({ inspection: { number, received_at } });
  const pieces = [sent(3, "2026-11-03"), { order: 7 }, sent(9, "2026-11-01"), { order: 8 }];
  assert.deepEqual([...pieces].sort(newestFirst), [pieces[3], pieces[1], pieces[2], pieces[0]]);
  const before = [sent(null, "2026-11-01"), sent(null, "2026-11-02")];
  assert.deepEqual([...before].sort(newestFirst), [before[1], before[0]]);
  assert.equal(newestFirst(before[0], before[0]), 0);
});

test("an order says what is done and what is out; one that was closed says its name", () => {
  const lots = [{ id: "PO-48", done: 3, pieces: 50, with_hub: 2, waiting: 0 }];
  assert.match(orderLine({ lot: "PO-48" }, { lots }), /^PO-48 · .*3.*50.* · .*2/);
  assert.equal(orderLine({ lot: "PO-1" }, { lots }), "PO-1");
  assert.equal(stillOut({ with_hub: 0, waiting: 0 }), "");
  assert.equal(stillOut({ with_hub: 1, waiting: 1 }).split(", ").length, 2);
});

test("a design that the hub let go of is called by its code", () => {
  assert.deepEqual(designOf({ design: "x" }, { designs: [{ id: "y", name: "Y" }] }), { id: "x", name: "x" });
});

test("the second photo of an appeal stands behind those of the piece", () => {
  const photos = [{ view: "front", photo_url: "/1" }];
  assert.equal(photosOf({ photos, appeal: null }), photos);
  assert.deepEqual(photosOf({ photos, appeal: { photo_url: "/2" } }).map((one) => one.photo_url), ["/1", "/2"]);
  assert.equal(waitingAppeal({ appeal: { outcome: "upheld" } }), null);
  assert.deepEqual([{ verdict: "retake" }, { verdict: "flag" }].map(isPoor), [true, false]);
});

test("of a file that is gone it is said since when and why, where that is known", () => {
  const at = "2026-11-01T10:00:00Z";
  assert.match(noLongerKept("The photo", { removed_at: at, removed_why: "deleted" }), /^The photo is no longer .*: an admin deleted it\.$/);
  assert.match(noLongerKept("The photo", { removed_at: at, removed_why: "else" }), /\d\.$/);
});

const beginning = (text) => nameOf(new Uint8Array(Buffer.from(text, "latin1")));

test("what the hub does not take is called by its name, whatever its length", () => {
  const named = {
    "\0\0\0\x18ftypheic\0\0\0\0mif1heic": "HEIC", "\0\0\0\x18ftypmif1\0\0\0\0avif": "AVIF", "\0\0\0\x14ftypisom": "MP4",
    "GIF89a": "GIF", "%PDF-1.7": "PDF", "RIFF1234AVI ": "AVI", "\xff\x0a": "JPEG XL", "II*\0\b\0\0\0": "TIFF",
    "\xff\xd8\xff\xe0": null, "\x89PNG\r\n\x1a\n": null, "RIFF1234WEBP": null, "": null, "hello": null,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(named).map((text) => [text, beginning(text)])), named);
});

/** An image of one grey, on which `at(x, y)` may say another. */
function drawn(grey, at = () => grey, [width, height] = [120, 80]) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let n = 0; n < width * height; n += 1) data.set([...Array(3).fill(at(n % width, Math.floor(n / width)) ?? grey), 255], 4 * n);
  return { data, width, height };
}

test("a photo is measured: how light, how blown out, how sharp, how large the piece", () => {
  const plain = measure(drawn(100));
  assert.ok(Math.abs(plain.light - 100) < 0.01);
  assert.deepEqual([plain.blown, plain.sharpness, plain.spread], [0, 0, 1]);
  const middle = (x, y) => (x >= 40 && x < 80 && y >= 30 && y < 50 ? 255 : null);
  assert.ok(measure(drawn(100, middle)).blown > 0.1);
  assert.equal(measure(drawn(255)).blown, 0); // white paper all around is no glare
  assert.ok(measure(drawn(100, (x, y) => ((x + y) % 2 ? 200 : 20))).sharpness > 10_000);
  const square = (half) => (x, y) => (Math.abs(x - 60) < half && Math.abs(y - 40) < half ? 220 : null);
  assert.ok(measure(drawn(60, square(6))).spread < measure(drawn(60, square(24))).spread);
});
