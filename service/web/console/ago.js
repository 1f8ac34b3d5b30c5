// "2 minutes ago": how long it is since something that another person did.

import { locale, say } from "../shared/words.js";

const STEPS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** A clock that is ahead or behind by a little says "just now", never "in 3 seconds". */
export function sayAgo(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  const [unit, length] = STEPS.find(([, least]) => seconds >= least) ?? [];
  if (!unit) return say("hub.just_now");
  return new Intl.RelativeTimeFormat(locale(), { numeric: "always" }).format(-Math.floor(seconds / length), unit);
}
