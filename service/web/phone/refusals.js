// Why the hub refused, in her language: the service's own sentence is English and written for whoever repairs it.

// Kinds of problem that the service answers to a phone (service/http/errors.py) → a word of the catalogue.
const WORDS = {
  "too-large": "why.size",
  "not-a-photo": "why.unreadable",
  "broken-photo": "why.unreadable",
  "not-a-voice": "why.unreadable",
  "broken-upload": "why.unreadable",
  context: "why.unknown",
  "not-found": "why.unknown",
  conflict: "why.mixed_up",
  "upload-length": "why.mixed_up",
  "not-your-role": "why.not_allowed",
  "no-token": "why.not_allowed",
  "enrol-code": "enter.refused",
  "appeal-waiting": "why.looking",
  "not-contestable": "why.decided",
  "appealed-enough": "why.enough",
  superseded: "why.newer",
  "course-step": "why.went_on",
  deleted: "why.deleted",
  "not-kept": "why.not_kept",
  busy: "why.later",
  storage: "why.later",
  bug: "why.later",
  "no-champion": "why.later",
  "too-many-tries": "why.later",
  "too-slow": "why.later",
  "upload-unfinished": "why.later",
  "uploads-unfinished": "why.later",
};
const PREFIX = "/problems/";

/**
 * The word for why: the problem itself, or what a piece or contest keeps of it as `why`.
 * @param {{type: string, passing: boolean}|string|null} why null: the phone had lost the photo
 */
export function whyWord(why) {
  if (!why) return "why.gone";
  const type = typeof why === "string" ? why : why.type;
  const word = type.startsWith(PREFIX) ? WORDS[type.slice(PREFIX.length)] : null;
  return word ?? (why.passing ? "why.later" : "why.other"); // also for the sentence that an older app kept
}
