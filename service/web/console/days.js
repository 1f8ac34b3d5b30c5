// Days, weeks and months are those of the place where the workshops are, wherever this page is read.

import { element } from "../shared/dom.js";
import { say } from "../shared/words.js";

const DAY = 24 * 60 * 60 * 1000;
const SHAPE = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

/** What clocks there show at a moment, in milliseconds as if it were UTC. */
function shownThere(zone, at) {
  const parts = new Intl.DateTimeFormat("en", { ...SHAPE, timeZone: zone }).formatToParts(at);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const nameOf = (ms) => new Date(ms).toISOString().slice(0, 10);

/** The day it is there, 2026-11-01. */
export const today = ({ me }) => nameOf(shownThere(me.zone, Date.now()));

/** The first of the last so many days there, today with them. */
export const firstDay = (house, days) => nameOf(Date.parse(today(house)) - (days - 1) * DAY);

/** When a day begins there, or the day after it: a moment as the service reads it. */
export function dayBegin({ me }, day, later = 0) {
  const wanted = Date.parse(day) + later * DAY;
  let at = wanted;
  // Once more, since clocks may have been changed between what was guessed and what is meant.
  for (let time = 0; time < 2; time++) at += wanted - shownThere(me.zone, Math.floor(at / 1000) * 1000);
  return new Date(at).toISOString();
}

/** The line that says whose days they are. */
export const whoseDays = ({ me }) => element("p", { class: "quiet whose-days" }, say("hub.whose_days", { place: placeOf(me.zone) }));

/** Africa/Nairobi → Nairobi */
export const placeOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");
