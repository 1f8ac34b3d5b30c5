// Names of the records, as of a defect or a view: in English as they stand there, in Swahili in the phone's words.

import { language, locale, say } from "../shared/words.js";

/** "tarnish" → "tarnish" or "doa". @param {string} family of the words, as "defect" */
export function named(family, name) {
  return language() === "en" ? name : say(`${family}.${name}`, {}, name).toLocaleLowerCase(locale());
}
