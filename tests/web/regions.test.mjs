// Regions: written and read as the service does, drawn by a brush, a polygon and the heat.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.mjs";

const { pixelsOf } = await import("../../service/web/shared/regions.js");
const { boxOf, filled, grown, laid, shifted, stroke, written } = await import("../../service/web/console/review/marks/regions.js");

const SIZE = { width: 8, height: 6 };
const none = () => new Uint8Array(SIZE.width * SIZE.height);
const rows = (pixels, { width } = SIZE) =>
  Array.from({ length: pixels.length / width }, (_, y) => [...pixels.subarray(y * width, (y + 1) * width)].join("").replaceAll("0", "."));

test("a region is written and read as the service's own run lengths", () => {
  // As datasets/formats/intake/run_lengths.py writes it: 4 × 3 pixels at 2, 1, without its corner.
  const mask = { size: [6, 8], counts: ">2310000;" };
  const pixels = pixelsOf(mask);
  assert.deepEqual(rows(pixels), ["........", "...111..", "..1111..", "..1111..", "........", "........"]);
  assert.deepEqual(written(pixels, SIZE), mask);
  assert.deepEqual(boxOf(pixels, SIZE), [2, 1, 4, 3]);
  assert.equal(boxOf(none(), SIZE), null);
});

test("what is drawn anyhow comes back the same, also at the photo's first pixel", () => {
  const size = { width: 97, height: 61 };
  let seed = 7;
  const pixels = Uint8Array.from({ length: 97 * 61 }, (_, at) => (at === 0 ? 1 : (seed = (seed * 16807) % 2147483647) % 3 === 0 ? 1 : 0));
  assert.deepEqual(pixelsOf(written(pixels, size)), pixels);
});

test("a brush goes along, leaves at the edge what is outside, and erases", () => {
  const pixels = none();
  stroke(pixels, SIZE, { x: 1, y: 2 }, { x: 9, y: 2 }, 1);
  assert.deepEqual(rows(pixels), ["........", "11111111", "11111111", "........", "........", "........"]);
  stroke(pixels, SIZE, { x: 4, y: 2 }, { x: 4, y: 2 }, 1.2, 0);
  assert.deepEqual(rows(pixels).slice(1, 3), ["111..111", "111..111"]);
});

test("a polygon is filled, one that crosses itself too", () => {
  const square = none();
  filled(square, SIZE, [{ x: 1, y: 1 }, { x: 4, y: 1 }, { x: 4, y: 4 }, { x: 1, y: 4 }]);
  assert.deepEqual(rows(square), ["........", ".111....", ".111....", ".111....", "........", "........"]);
  const crossed = none();
  filled(crossed, SIZE, [{ x: 0, y: 0 }, { x: 8, y: 6 }, { x: 8, y: 0 }, { x: 0, y: 6 }]);
  assert.deepEqual(rows(crossed), ["1......1", "11....11", "111..111", "111..111", "11....11", "1......1"]);
});

test("the heat grows over its connected part alone, from near it too, and is laid onto the photo", () => {
  const map = { width: 4, height: 3 };
  const hot = Uint8Array.from([1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]);
  const part = grown(hot, map, { x: 0.5, y: 1.5 }, 1);
  assert.deepEqual(rows(part, map), ["11..", ".1..", "...."]);
  assert.equal(grown(hot, map, { x: 2.5, y: 2.5 }, 0.4), null);
  const pixels = none();
  laid(pixels, SIZE, part, map);
  assert.deepEqual(rows(pixels), ["1111....", "1111....", "..11....", "..11....", "........", "........"]);
});

test("a region moves as a whole and never out of the photo", () => {
  const pixels = pixelsOf({ size: [6, 8], counts: ">2310000;" });
  assert.deepEqual(rows(shifted(pixels, SIZE, 2, 2)), ["........", "........", "........", ".....111", "....1111", "....1111"]);
  assert.equal(shifted(pixels, SIZE, 3, 0), null);
  assert.equal(shifted(none(), SIZE, 1, 0), null);
});
