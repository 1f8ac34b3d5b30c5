// Every key of the review page, once: what is pressed is looked up here, and the help is made of it.

const KEPT = "ubora.single-keys";

/**
 * act: the name under which the page does it. keys: as `nameOf` writes them. words: in the help. shown: how the help
 * writes the keys, where not as they are. repeats: also while it is held down. hold: ends when the key goes up.
 * plain: no letter, digit or sign alone, so that it stays when single keys are off.
 */
export const KEYS = [
  { act: "next", keys: ["j"], group: "Pieces", words: "Next piece" },
  { act: "previous", keys: ["k"], group: "Pieces", words: "Previous piece" },
  { act: "accept", keys: ["a"], group: "Pieces", words: "Accept" },
  { act: "rework", keys: ["w"], group: "Pieces", words: "Send back for rework" },
  { act: "reject", keys: ["r"], group: "Pieces", words: "Reject" },
  { act: "unsure", keys: ["o"], group: "Pieces", words: "Not sure: another person decides" },
  { act: "undo", keys: ["u"], group: "Pieces", words: "Open the last decided piece again" },
  { act: "photo", keys: ["1", "2", "3", "4", "5", "6"], shown: "1 – 6", group: "Photo", words: "Photo of that number" },
  { act: "photoBefore", keys: ["["], group: "Photo", words: "Photo before" },
  { act: "photoAfter", keys: ["]"], group: "Photo", words: "Next photo" },
  { act: "heat", keys: ["h"], group: "Photo", words: "Heatmap" },
  { act: "marks", keys: ["b"], group: "Photo", words: "Frames" },
  { act: "mark", keys: ["f"], group: "Photo", words: "Next mark, from near" },
  { act: "zoom", keys: ["z"], group: "Photo", words: "Closer to the strongest mark, or the whole" },
  { act: "fit", keys: ["0"], group: "Photo", words: "The whole photo" },
  { act: "nearer", keys: ["+", "="], shown: "+", group: "Photo", words: "Nearer", repeats: true },
  { act: "farther", keys: ["-"], group: "Photo", words: "Farther", repeats: true },
  {
    act: "arrow",
    keys: ["arrowleft", "arrowright", "arrowup", "arrowdown"],
    shown: "Arrows",
    group: "Photo",
    words: "Move along the photo, or move the box in hand",
    repeats: true,
    plain: true,
  },
  { act: "beside", keys: ["s"], group: "Approved sample", words: "Beside the photo" },
  { act: "frame", keys: ["x"], group: "Approved sample", words: "In one frame, with a slider" },
  { act: "blink", keys: ["c"], shown: "C, held", group: "Approved sample", words: "In the photo's place", hold: true },
  { act: "defect", keys: ["d"], shown: "D, then a letter", group: "Your review", words: "A defect" },
  { act: "place", keys: ["enter"], shown: "Enter", group: "Boxes", words: "Put a box in the middle", plain: true },
  { act: "box", keys: ["m"], group: "Boxes", words: "Take the next box in hand" },
  {
    act: "size",
    keys: ["shift+arrowleft", "shift+arrowright", "shift+arrowup", "shift+arrowdown"],
    shown: "Shift + arrows",
    group: "Boxes",
    words: "Size the box in hand",
    repeats: true,
    plain: true,
  },
  { act: "remove", keys: ["delete", "backspace"], shown: "Delete", group: "Boxes", words: "Remove the defect in hand", plain: true },
  { act: "escape", keys: ["escape"], shown: "Esc", group: "Boxes", words: "Take back what is drawn, let go of a box", plain: true },
  { act: "back", keys: ["ctrl+z"], shown: "Ctrl + Z", group: "Boxes", words: "Take back the last correction", plain: true },
  { act: "again", keys: ["ctrl+y", "ctrl+shift+z"], shown: "Ctrl + Y", group: "Boxes", words: "Make it again", plain: true },
  { act: "severity", keys: ["e"], shown: "E, then a number", group: "Your review", words: "How severe it is" },
  { act: "level", keys: ["l"], shown: "L, then 1 – 5", group: "Your review", words: "Variance" },
  { act: "phrase", keys: ["p"], shown: "P, then a letter", group: "Your review", words: "A phrase for the workshop" },
  { act: "note", keys: ["n"], group: "Your review", words: "Note; Escape leaves it" },
  { act: "voice", keys: ["v"], group: "Your review", words: "Play or stop the workshop's voice note" },
  { act: "help", keys: ["?"], group: "Keys", words: "This table" },
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
