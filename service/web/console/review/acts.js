// What a person notes by keys: a defect, how severe it is, the level, a phrase, a note.

import { find } from "../../shared/dom.js";
import { namesOf, say } from "../../shared/words.js";
import { named } from "../named.js";
import { classesOf } from "../piece/panel.js";
import { MOST } from "../piece/phrases.js";
import { SEVERITIES, usualSeverity } from "./draft.js";
import { taken } from "./menu.js";

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
      const defect = await taken(say("hub.which_defect"), classesOf(draft, house).map((name) => ({ name, words: named("defect", name) })));
      if (!defect) return;
      draft.add(photo, defect, usualSeverity(house, defect));
      changed(say("hub.noted", { defect: named("defect", defect) }));
      added();
    }),
    severity: of(async ({ draft, photo }) => {
      const at = draft.inHand(photo);
      if (at < 0) return changed(say("hub.none_noted"));
      const { defect, severity: now } = draft.defects[at];
      const choices = SEVERITIES.map((name, index) => ({ name, words: named("severity", name), key: `${index + 1}`, on: name === now }));
      const severity = await taken(say("hub.how_severe", { defect: named("defect", defect) }), choices);
      if (!severity) return;
      draft.change(at, { severity });
      changed(say("hub.severe_now", { defect: named("defect", defect), severity: named("severity", severity) }));
    }),
    level: of(async ({ draft }) => {
      const levels = [1, 2, 3, 4, 5].map((level) => ({ name: `${level}`, words: say(`variance.${level}`) }));
      const choices = [...levels, { name: "0", words: say("hub.not_graded") }];
      const on = ({ name }) => Number(name) === (draft.variance ?? 0);
      const level = await taken(say("hub.how_free"), choices.map((one) => ({ ...one, key: one.name, on: on(one) })));
      if (!level) return;
      draft.variance = Number(level) || null;
      changed(draft.variance ? say("hub.graded_now", { level: draft.variance }) : say("hub.ungraded_now"));
    }),
    phrase: of(async ({ draft }) => {
      const is = (name) => draft.phrases.includes(name);
      const choices = namesOf("phrase").map((name) => ({ name, words: say(`phrase.${name}`), on: is(name) }));
      const name = await taken(say("hub.tell"), choices);
      if (!name) return;
      if (!is(name) && draft.phrases.length >= MOST) return changed(say("hub.phrases_full", { most: MOST }));
      draft.phrases = is(name) ? draft.phrases.filter((one) => one !== name) : [...draft.phrases, name];
      changed(say(is(name) ? "hub.is_told" : "hub.is_not_told", { phrase: say(`phrase.${name}`) }));
    }),
    note: of(() => find("#note").focus()),
  };
}
