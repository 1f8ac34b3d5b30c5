// Is all of a photo there? Told from its bytes, wherever they end.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isWhole } from "../../service/web/phone/ending.js";

const bytesOf = (text) => new Uint8Array(Buffer.from(text, "base64"));

// 16 × 16 pixels of noise, each kind as Pillow writes it.
const BASELINE = bytesOf(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8" +
  "ybqmx5moq6T/wAALCAAQABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQR" +
  "BRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4" +
  "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEB" +
  "AAA/AHyqzRYLMixkCRWIA4Oc/L0PI9PXPGaaYkV1t55HMOVQliQp4+VeOnc9fT1zSQARjAkEm4+a2QAJMnAJzk479Bjk1GIjuG4b4yquN5GN" +
  "uckEA8nknn068mv/2Q==",
);
const PROGRESSIVE = bytesOf(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8" +
  "ybqmx5moq6T/wgALCAAQABABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAQAC/9oACAEBAAAAAUs//8QAGBAAAwEBAAAAAAAAAAAAAAAAAAER" +
  "ITH/2gAIAQEAAQUCfILCH//EABwQAAEDBQAAAAAAAAAAAAAAAAABMXEREiFBYf/aAAgBAQAGPwKHLVXA9dycP//EABwQAQADAAIDAAAAAAAA" +
  "AAAAAAEAITERUWGB4f/aAAgBAQABPyELpDB+TgIrJeeCe4tGrvgN9T//2gAIAQEAAAAQz//EABoQAQEBAAMBAAAAAAAAAAAAAAERIQAxUUH/" +
  "2gAIAQEAAT8QkVICAMbfDp57cvF0tKpFnw6+vfnt4QQFNgCmC2s+9E14OIsGyaqIOurvnevP/9k=",
);
const PNG = bytesOf(
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAABG0lEQVR4nAEQAe/+AF6BwdjO6g6iINbYgfe8D0QAt+fMTag8fAkc70EStSY6" +
  "AwKDaRHezz21xjEs/pPDMm/lBEQzD1TxChrL937oUrnwFtEAvn7boOYAKorsvlWOBudf7gFL6xAGehT14OAu7b0QOz0FAOVjvtd92h6U5oxy" +
  "D5gHeNIAzsIGssm5pSa410jD9isNfgDaFTlK+NsteKcE2DKciTcRAJQTH+q4S/DVJXrOOTRrC6IAOWY89D4GZ8ldAF8G0B6n6gEd5KdhpP0Q" +
  "J6z4tPx494w1AsA/R9bb8qo4Cz35e4q96Y8A/XR8JUj+PsQSzVUFF/oscAQqOZIw0rD/ASYlcCkFq4/pAvZ2jV6/AXGjAMH22wy9/pbMYIDJ" +
  "rzvvpwAAAABJRU5ErkJggg==",
);
const WEBP = bytesOf(
  "UklGRnoAAABXRUJQVlA4IG4AAABQAgCdASoQABAACQCsJaQAFEB7AnoA43zYAAAA90fOKjdOexYkTO7rNNTi0opED7y4lPDgshGDdNvjYYNd" +
  "a63HYnGVPR2I7i+q5KvXpnub++PA6jkO1+PR8kECrEi6/o19aWkSCF5TmoUjX3EAAA==",
);
const WHOLE = { BASELINE, PROGRESSIVE, PNG, WEBP };

for (const [name, whole] of Object.entries(WHOLE)) {
  test(`${name}: whole as it is, and with a clip behind it`, () => {
    assert.equal(isWhole(whole), true);
    assert.equal(isWhole(Uint8Array.from([...whole, ...Array(500).fill(7)])), true);
  });
}

for (const [name, whole] of Object.entries({ PNG, WEBP })) {
  test(`${name}: cut anywhere behind its mark it is not whole`, () => {
    for (let end = 16; end < whole.length; end += 1) assert.equal(isWhole(whole.subarray(0, end)), false, `at ${end}`);
  });
}

test("a baseline JPEG is whole without its end marker, and not without its last coefficients", () => {
  assert.equal(isWhole(BASELINE.subarray(0, -2)), true);
  for (let end = 2; end < BASELINE.length - 6; end += 1) assert.equal(isWhole(BASELINE.subarray(0, end)), false, `at ${end}`);
});

test("a progressive JPEG is not whole before its last scan", () => {
  for (let end = 2; end < PROGRESSIVE.length * 0.8; end += 1) {
    assert.equal(isWhole(PROGRESSIVE.subarray(0, end)), false, `at ${end}`);
  }
});

test("whatever one byte of a JPEG becomes, an answer comes", () => {
  for (let at = 2; at < BASELINE.length; at += 1) {
    for (const byte of [0x00, 0xd9, 0xff]) {
      const altered = Uint8Array.from(BASELINE);
      altered[at] = byte;
      assert.equal(typeof isWhole(altered), "boolean");
    }
  }
});

test("what is no picture is left to the browser", () => {
  for (const other of ["", "GIF89a", "RIFF1234AVI "]) assert.equal(isWhole(new Uint8Array(Buffer.from(other))), true);
});
