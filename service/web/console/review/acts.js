// What a person notes by keys: a defect, how severe it is, the level, a phrase, a note.

import { find } from "../../shared/dom.js";
import { namesOf, say } from "../../shared/words.js";
import { classesOf } from "../piece/panel.js";
import { MOST } from "../piece/phrases.js";
import { SEVERITIES, usualSeverity } from "./draft.js";
import { taken } from "./menu.js";

const WORDS = {
  defect: "Which defect is there?",
  severity: (defect) => `How severe is the ${defect}?`,
  level: "How free was the hand?",
  ungraded: "not graded by me",
  phrase: "Tell the workshop",
  none: "No defect is noted on this photo.",
  full: `No more than ${MOST} phrases are sent.`,
  added: (defect) => `${defect} noted.`,
  severe: (defect, severity) => `${defect}: ${severity}.`,
  graded: (level) => (level ? `Variance ${level}.` : "Variance not graded."),
  told: (phrase, on) => (on ? `Is told: ${phrase}` : `Is not told: ${phrase}`),
};

/**
 * @param {() => {draft: object, house: object, photo: number}|null} now  the piece in view; `photo` is the index of
 *   the one on the stage
 * @param {{changed: (said: string) => void, added: () => void}} then
 */
export function reviewActs(now, { changed, added }) {
  const of = (act) => () => {
    const at = now();
    if (!at) return false;
    act(at);
    return true;
  };
  return {
    defect: of(async ({ draft, house, photo }) => {
      const defect = await taken(WORDS.defect, classesOf(draft, house).map((name) => ({ name, words: name })));
      if (!defect) return;
      draft.add(photo, defect, usualSeverity(house, defect));
      changed(WORDS.added(defect));
      added();
    }),
    severity: of(async ({ draft, photo }) => {
      const at = draft.inHand(photo);
      if (at < 0) return changed(WORDS.none);
      const { defect, severity: now } = draft.defects[at];
      const choices = SEVERITIES.map((name, index) => ({ name, words: name, key: `${index + 1}`, on: name === now }));
      const severity = await taken(WORDS.severity(defect), choices);
      if (!severity) return;
      draft.change(at, { severity });
      changed(WORDS.severe(defect, severity));
    }),
    level: of(async ({ draft }) => {
      const levels = [1, 2, 3, 4, 5].map((level) => ({ name: `${level}`, words: say(`variance.${level}`) }));
      const choices = [...levels, { name: "0", words: WORDS.ungraded }];
      const on = ({ name }) => Number(name) === (draft.variance ?? 0);
      const level = await taken(WORDS.level, choices.map((one) => ({ ...one, key: one.name, on: on(one) })));
      if (!level) return;
      draft.variance = Number(level) || null;
      changed(WORDS.graded(draft.variance));
    }),
    phrase: of(async ({ draft }) => {
      const is = (name) => draft.phrases.includes(name);
      const choices = namesOf("phrase").map((name) => ({ name, words: say(`phrase.${name}`), on: is(name) }));
      const name = await taken(WORDS.phrase, choices);
      if (!name) return;
      if (!is(name) && draft.phrases.length >= MOST) return changed(WORDS.full);
      draft.phrases = is(name) ? draft.phrases.filter((one) => one !== name) : [...draft.phrases, name];
      changed(WORDS.told(say(`phrase.${name}`), is(name)));
    }),
    note: of(() => find("#note").focus()),
  };
}
