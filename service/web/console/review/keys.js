// Every key of the review page, once: what is pressed is looked up here, and the help is made of it.

const KEPT = "ubora.single-keys";

/**
 * act: the name under which the page does it. keys: as `nameOf` writes them. group and words: their keys in the catalogue, for
 * the help. shown: how the help writes the keys (or the word for it), where not as they are. repeats: also while it is held down. hold: ends when the key goes up.
 * plain: no letter, digit or sign alone, so that it stays when single keys are off.
 */
export const KEYS = [
  { act: "next", keys: ["j"], group: "hub.pieces", words: "hub.key.next" },
  { act: "previous", keys: ["k"], group: "hub.pieces", words: "hub.key.previous" },
  { act: "accept", keys: ["a"], group: "hub.pieces", words: "hub.accept" },
  { act: "rework", keys: ["w"], group: "hub.pieces", words: "hub.key.rework" },
  { act: "reject", keys: ["r"], group: "hub.pieces", words: "hub.sample.reject" },
  { act: "unsure", keys: ["o"], group: "hub.pieces", words: "hub.key.unsure" },
  { act: "design", keys: ["i"], group: "hub.pieces", words: "hub.key.design" },
  { act: "undo", keys: ["u"], group: "hub.pieces", words: "hub.key.undo" },
  { act: "photo", keys: ["1", "2", "3", "4", "5", "6"], shown: "1 – 6", group: "hub.photo", words: "hub.key.photo" },
  { act: "photoBefore", keys: ["["], group: "hub.photo", words: "hub.key.photo_before" },
  { act: "photoAfter", keys: ["]"], group: "hub.photo", words: "hub.key.photo_after" },
  { act: "heat", keys: ["h"], group: "hub.photo", words: "hub.heat" },
  { act: "marks", keys: ["b"], group: "hub.photo", words: "hub.frames" },
  { act: "mark", keys: ["f"], group: "hub.photo", words: "hub.key.mark" },
  { act: "zoom", keys: ["z"], group: "hub.photo", words: "hub.key.zoom" },
  { act: "fit", keys: ["0"], group: "hub.photo", words: "hub.key.fit" },
  { act: "nearer", keys: ["+", "="], shown: "+", group: "hub.photo", words: "hub.key.nearer", repeats: true },
  { act: "farther", keys: ["-"], group: "hub.photo", words: "hub.key.farther", repeats: true },
  {
    act: "arrow",
    keys: ["arrowleft", "arrowright", "arrowup", "arrowdown"],
    shown: "hub.key.arrows",
    group: "hub.photo",
    words: "hub.key.arrow",
    repeats: true,
    plain: true,
  },
  { act: "beside", keys: ["s"], group: "hub.approved_sample", words: "hub.key.beside" },
  { act: "frame", keys: ["x"], group: "hub.approved_sample", words: "hub.key.frame" },
  { act: "blink", keys: ["c"], shown: "hub.key.c_held", group: "hub.approved_sample", words: "hub.key.blink", hold: true },
  { act: "defect", keys: ["d"], shown: "hub.key.d_letter", group: "hub.your_review", words: "hub.key.defect" },
  { act: "place", keys: ["enter"], shown: "Enter", group: "hub.boxes", words: "hub.key.place", plain: true },
  { act: "box", keys: ["m"], group: "hub.boxes", words: "hub.key.box" },
  {
    act: "size",
    keys: ["shift+arrowleft", "shift+arrowright", "shift+arrowup", "shift+arrowdown"],
    shown: "hub.key.shift_arrows",
    group: "hub.boxes",
    words: "hub.key.size",
    repeats: true,
    plain: true,
  },
  { act: "remove", keys: ["delete", "backspace"], shown: "Delete", group: "hub.boxes", words: "hub.key.remove", plain: true },
  { act: "escape", keys: ["escape"], shown: "Esc", group: "hub.boxes", words: "hub.key.escape", plain: true },
  { act: "back", keys: ["ctrl+z"], shown: "Ctrl + Z", group: "hub.boxes", words: "hub.key.back", plain: true },
  { act: "again", keys: ["ctrl+y", "ctrl+shift+z"], shown: "Ctrl + Y", group: "hub.boxes", words: "hub.key.again", plain: true },
  { act: "brush", keys: ["q"], group: "hub.regions", words: "hub.mark.brush" },
  { act: "erase", keys: ["t"], group: "hub.regions", words: "hub.mark.erase" },
  { act: "polygon", keys: ["g"], group: "hub.regions", words: "hub.mark.polygon" },
  { act: "grow", keys: ["y"], group: "hub.regions", words: "hub.key.heat" },
  { act: "thinner", keys: [","], group: "hub.regions", words: "hub.key.thinner", repeats: true },
  { act: "wider", keys: ["."], group: "hub.regions", words: "hub.key.wider", repeats: true },
  { act: "severity", keys: ["e"], shown: "hub.key.e_number", group: "hub.your_review", words: "hub.key.severity" },
  { act: "level", keys: ["l"], shown: "hub.key.l_number", group: "hub.your_review", words: "hub.variance" },
  { act: "phrase", keys: ["p"], shown: "hub.key.p_letter", group: "hub.your_review", words: "hub.key.phrase" },
  { act: "note", keys: ["n"], group: "hub.your_review", words: "hub.key.note" },
  { act: "voice", keys: ["v"], group: "hub.your_review", words: "hub.key.voice" },
  { act: "help", keys: ["?"], group: "hub.keys", words: "hub.key.help" },
];

const ARROWS = new Set(["arrowleft", "arrowright", "arrowup", "arrowdown"]);

/** "j", "?", "shift+arrowup", "ctrl+z"; null for what belongs to the browser or the system. */
export function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || !key) return null;
  const name = key.toLowerCase();
  const control = ctrlKey || metaKey;
  return (control ? "ctrl+" : "") + (shiftKey && (control || ARROWS.has(name)) ? "shift+" : "") + name;
}

export const entryOf = (name) => KEYS.find(({ keys }) => keys.includes(name)) ?? null;

export const singleKeys = () => localStorage.getItem(KEPT) !== "off";

/** Kept in this browser. Where they are off, no letter that slips decides anything, nor one that a voice dictates. */
export function useSingleKeys(on) {
  if (on) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, "off");
  showSingleKeys();
}

/** Where they are off, no button names its key. */
export const showSingleKeys = () => document.documentElement.classList.toggle("keys-off", !singleKeys());

/**
 * A letter for each name, none twice: its first letter that is free, else a digit, else null.
 * @param {string[]} names
 * @returns {Map<string, string|null>}
 */
export function lettered(names) {
  const taken = new Set();
  return new Map(
    names.map((name) => {
      const free = [...name.toLowerCase().replace(/[^a-z]/g, ""), ..."1234567890"].find((one) => !taken.has(one)) ?? null;
      taken.add(free);
      return [name, free];
    }),
  );
}
