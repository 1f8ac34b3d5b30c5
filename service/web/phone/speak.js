// Spoken prompts, off until she turns them on, and only where the phone has a voice for the language: a Swahili text
// read by an English voice is worse than silence.

import { element, icon } from "../shared/dom.js";
import { language, say } from "../shared/words.js";

const KEPT = "ubora.speech";
const RATE = 0.95;

function voiceOf(wanted) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  const fitting = voices.filter(({ lang }) => lang.toLowerCase().split(/[-_]/)[0] === wanted);
  return fitting.find(({ localService }) => localService) ?? fitting[0] ?? null; // a remote voice costs data
}

const speechPossible = (wanted = language()) => voiceOf(wanted) !== null;
const speechOn = () => localStorage.getItem(KEPT) === "on";

function useSpeech(on) {
  localStorage.setItem(KEPT, on ? "on" : "off");
  if (!on) globalThis.speechSynthesis?.cancel();
}

/** Say it now, in place of whatever is being said; nothing happens where speech is off or not possible. */
export function speak(text) {
  const voice = speechOn() ? voiceOf(language()) : null;
  if (!voice || !text) return false;
  const spoken = new SpeechSynthesisUtterance(text);
  Object.assign(spoken, { voice, lang: voice.lang, rate: RATE });
  speechSynthesis.cancel();
  speechSynthesis.speak(spoken);
  return true;
}

/** The button for the header; out of sight while there is no voice. Make a new one when the language changes. */
export function speechToggle() {
  const button = element("button", { class: "button plain", type: "button", onclick: turn });
  function show() {
    button.hidden = !speechPossible();
    button.setAttribute("aria-pressed", String(speechOn()));
    button.setAttribute("aria-label", say("speech"));
    button.replaceChildren(icon(speechOn() ? "sound" : "mute"));
  }
  function turn() {
    useSpeech(!speechOn());
    show();
    speak(say("speech.on"));
  }
  // The voices of a phone are often listed a moment after the page began.
  globalThis.speechSynthesis?.addEventListener?.("voiceschanged", show);
  show();
  return button;
}
