// Days of the place where the workshops are, told by a page that may be read elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";

import { loadWords } from "./browser.mjs";

const { sayDay } = await loadWords();
const { dayBegin, firstDay, placeOf, today } = await import("../../service/web/console/days.js");

const at = (zone) => ({ me: { zone } });

test("a day begins at midnight there, also when clocks are changed on it", () => {
  const begins = (zone, day, later) => dayBegin(at(zone), day, later).slice(0, 16);
  assert.equal(begins("Africa/Nairobi", "2026-04-01"), "2026-03-31T21:00");
  assert.equal(begins("Asia/Kathmandu", "2026-04-01"), "2026-03-31T18:15");
  assert.deepEqual([0, 1].map((later) => begins("America/New_York", "2026-03-08", later)), ["2026-03-08T05:00", "2026-03-09T04:00"]);
  assert.deepEqual([0, 1].map((later) => begins("America/New_York", "2026-11-01", later)), ["2026-11-01T04:00", "2026-11-02T05:00"]);
});

test("today is within its own day, and the first of one day is today", () => {
  for (const zone of ["Africa/Nairobi", "Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"]) {
    const day = today(at(zone));
    assert.ok(Date.parse(dayBegin(at(zone), day)) <= Date.now() && Date.now() < Date.parse(dayBegin(at(zone), day, 1)));
    assert.equal(firstDay(at(zone), 1), day);
    assert.equal(Date.parse(day) - Date.parse(firstDay(at(zone), 90)), 89 * 24 * 60 * 60 * 1000);
  }
});

test("a day of the calendar and a place are said as people say them", () => {
  assert.equal(sayDay("2026-04-01"), "1 April");
  assert.equal(placeOf("America/New_York"), "New York");
});
