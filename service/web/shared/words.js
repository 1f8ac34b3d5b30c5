// The words of words.json in the language the person chose, or the phone's own; numbers and times as that language
// writes them.

const KEPT = "ubora.language";
const LOCALES = { en: "en-KE", sw: "sw-KE" };
let catalogue = { about: { checked: {} }, words: {} };
let chosen = "en";

export async function loadWords() {
  const answer = await fetch(new URL("words.json", import.meta.url));
  catalogue = await answer.json();
  const kept = localStorage.getItem(KEPT);
  useLanguage(kept ?? (navigator.language.startsWith("sw") ? "sw" : "en"));
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

/** Every defect that has a word, also those that the present network does not know. */
/** What the machine calls a defect that no class names; a person names one. */
export const ANY = "any";

export const namedDefects = () =>
  Object.keys(catalogue.words)
    .filter((key) => key.startsWith("defect."))
    .map((key) => key.slice("defect.".length))
    .filter((name) => name !== ANY);

/** Fill every element that names its word: <span data-word="take_photo">. */
export function fillWords(root = document) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
}

export const sayNumber = (value) => new Intl.NumberFormat(locale()).format(value);

export function sayTime(iso) {
  const shape = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Intl.DateTimeFormat(locale(), shape).format(new Date(iso));
}

export function sayDate(iso) {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long" }).format(new Date(iso));
}
