// Words, numbers and times in both languages, and why the hub refused.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";

import { loadWords } from "./browser.mjs";

const words = await loadWords();
const { whyWord } = await import("../../service/web/phone/refusals.js");
const { nameOf } = await import("../../service/web/phone/tips.js");
const { sayAgo } = await import("../../service/web/console/ago.js");
const catalogue = JSON.parse(await readFile(new URL("../../service/web/shared/words.json", import.meta.url))).words;

beforeEach(() => words.useLanguage("en"));

test("a word is said in the language that was chosen, with its values in it", () => {
  assert.equal(words.say("line", { waiting: 3, sent: 12 }), catalogue.line.en.replace("{waiting}", 3).replace("{sent}", 12));
  words.useLanguage("sw");
  assert.equal(words.say("line", { waiting: 3, sent: 12 }), catalogue.line.sw.replace("{waiting}", 3).replace("{sent}", 12));
});

test("what has no word is said as it is called, and what was not given stays marked", () => {
  assert.equal(words.say("defect.unheard_of", {}, "unheard_of"), "unheard_of");
  assert.equal(words.say("no.such.word"), "no.such.word");
  assert.equal(words.say("x", {}, "{a} of {b}"), "{a} of {b}");
});

test("numbers are written as the language writes them", () => {
  assert.equal(words.say("x", { n: 12_345 }, "{n}"), "12,345");
});

test("another language than the two is English", () => {
  words.useLanguage("de");
  assert.deepEqual([words.language(), words.locale()], ["en", "en-KE"]);
});

test("a text of the other language's app is said in this one's, anything else as it was written", () => {
  assert.equal(words.inWords(catalogue["contest.note"].sw, ["contest.note"]), catalogue["contest.note"].en);
  assert.equal(words.inWords("mkufu", ["contest.note", "no.such.word"]), "mkufu");
});

test("a person names a defect, never `any`", () => {
  assert.ok(words.namedDefects().includes("scratch"));
  assert.ok(!words.namedDefects().includes("any"));
});

test("only beside a sample `any` is called unlike it", () => {
  assert.equal(nameOf("any", true), catalogue["beside.any"].en);
  assert.equal(nameOf("any"), catalogue["defect.any"].en);
  assert.equal(nameOf("scratch", true), catalogue["defect.scratch"].en);
});

test("how long ago: whole units, the largest; a clock that is ahead says just now", () => {
  const ago = (seconds) => sayAgo(new Date(Date.now() - 1000 * seconds - 200).toISOString());
  const said = [-50, 0, 59, 60, 3599, 3600, 86_399, 86_400, 200_000].map(ago);
  const expected = ["just now", "just now", "just now", "1 minute ago", "59 minutes ago", "1 hour ago", "23 hours ago"];
  assert.deepEqual(said, [...expected, "1 day ago", "2 days ago"]);
});

test("every reason to refuse is a word of the catalogue", async () => {
  const source = await readFile(new URL("../../service/web/phone/refusals.js", import.meta.url), "utf-8");
  const kinds = [...source.matchAll(/^ {2}"?([\w-]+)"?: "[\w.]+",$/gm)].map(([, kind]) => kind);
  assert.ok(kinds.length > 20);
  for (const kind of kinds) assert.ok(catalogue[whyWord(`/problems/${kind}`)], kind);
});

test("why: lost on the phone, by its kind, by whether it passes", () => {
  assert.equal(whyWord(null), "why.gone");
  assert.equal(whyWord({ type: "/problems/too-large", passing: false }), "why.size");
  assert.equal(whyWord({ type: "/problems/unheard-of", passing: true }), "why.later");
  assert.equal(whyWord({ type: "/problems/unheard-of", passing: false }), "why.other");
  assert.equal(whyWord("A sentence that an older app kept."), "why.other");
});
