// The words of words.json in the language the person chose, or the phone's own; numbers and times as that language
// writes them.

const KEPT = "ubora.language";
const LOCALES = { en: "en-KE", sw: "sw-KE" };
let catalogue = { about: { checked: {} }, words: {} };
let chosen = "en";

/** @param {URL[]} more catalogues of one app, beside the words that both apps say */
export async function loadWords(...more) {
  const places = [new URL("words.json", import.meta.url), ...more];
  const [shared, ...own] = await Promise.all(places.map(async (place) => (await fetch(place)).json()));
  catalogue = { ...shared, words: Object.assign({}, shared.words, ...own.map(({ words }) => words)) };
  const kept = localStorage.getItem(KEPT);
  useLanguage(kept ?? (navigator.language.startsWith("sw") ? "sw" : "en"));
}

/** The words of a page that is loaded later. */
export async function addWords(place) {
  Object.assign(catalogue.words, (await (await fetch(place)).json()).words);
}

export const language = () => chosen;
export const locale = () => LOCALES[chosen];
export const languageIsChecked = () => catalogue.about.checked[chosen] === true;

export function useLanguage(next, { keep = false } = {}) {
  chosen = next === "sw" ? "sw" : "en";
  document.documentElement.lang = chosen;
  if (keep) localStorage.setItem(KEPT, chosen);
}

/** The word for a key; `otherwise` (or the key) where the catalogue has none, as for a new defect class. */
export function say(key, values = {}, otherwise = key) {
  const text = catalogue.words[key]?.[chosen] ?? otherwise;
  return text.replace(/\{(\w+)\}/g, (mark, name) => {
    const value = values[name] ?? mark;
    return typeof value === "number" ? sayNumber(value) : value;
  });
}

/** The word for a number of things, {count} in it: `pieces.one` or `pieces.other`, as the language counts. */
export function sayCount(key, count, values = {}) {
  const form = new Intl.PluralRules(locale()).select(count);
  const named = catalogue.words[`${key}.${form}`] ? `${key}.${form}` : `${key}.other`;
  return say(named, { ...values, count });
}

/** What the machine calls a defect that no class names; a person names one. */
export const ANY = "any";

/** The names that have a word in a family: "phrase" → ["good", …]. */
export const namesOf = (family) =>
  Object.keys(catalogue.words)
    .filter((key) => key.startsWith(`${family}.`))
    .map((key) => key.slice(family.length + 1));

/** Every defect that has a word, also those that the present network does not know. */
export const namedDefects = () => namesOf("defect").filter((name) => name !== ANY);

/** A text that the app of another language wrote, in this one's; anything else as it was written. */
export function inWords(text, keys) {
  const key = keys.find((one) => Object.values(catalogue.words[one] ?? {}).includes(text));
  return key ? say(key) : text;
}

/** Fill every element that names its word, <span data-word="take_photo">, and name those that name a label. */
export function fillWords(root = document) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of root.querySelectorAll("[data-label]")) element.ariaLabel = say(element.dataset.label);
}

export const sayNumber = (value) => new Intl.NumberFormat(locale()).format(value);

export function sayTime(iso) {
  const shape = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Intl.DateTimeFormat(locale(), shape).format(new Date(iso));
}

export function sayDate(iso) {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long" }).format(new Date(iso));
}

/** A day of the calendar, 2026-11-01: the same one wherever this is read. */
export function sayDay(day) {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(day));
}
