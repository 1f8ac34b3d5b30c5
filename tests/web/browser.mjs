// The little of a browser that the pages' modules ask for where they draw nothing: kept facts, a language, an answer.

import { readFile } from "node:fs/promises";

const kept = new Map();

export const storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, String(value)),
  removeItem: (name) => kept.delete(name),
  clear: () => kept.clear(),
};

const given = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

given("localStorage", storage);
given("document", { documentElement: {} });
given("navigator", { onLine: true, language: "en-KE" });
given("location", { hash: "", pathname: "/phone/", search: "" });

/** What every question is answered with from now on. @param {(path, options) => Response|Promise<Response>} answer */
export const answerWith = (answer) => given("fetch", async (path, options) => answer(path, options));

/** The words as the pages load them. */
export async function loadWords(language = "en") {
  const words = await import("../../service/web/shared/words.js");
  answerWith(async (path) => new Response(await readFile(path)));
  await words.loadWords(new URL("../../service/web/console/words.json", import.meta.url));
  words.useLanguage(language);
  return words;
}
