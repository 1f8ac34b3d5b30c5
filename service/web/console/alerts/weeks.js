// The weeks that are held against limits, as a picture and a table; and new limits, which a person takes with a reason.

import { element } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { labelled, input, percent } from "../page.js";
import { Figure } from "../numbers/figure.js";
import { showDialog, small, table } from "../section.js";

export async function showWeeks(page, alert, into) {
  const answer = await page.api.get(`/v1/limits/${alert.limits}/weeks`);
  const { limits } = answer;
  const words = {
    name: "weeks",
    title: alert.name || say("hub.alert.network"),
    define: [say(`hub.limits.define.${limits.rule}`), stand(limits)],
    path: (what, more = {}) => `/v1/limits/${limits.number}${what || "/weeks"}?${new URLSearchParams(more)}`,
  };
  const renew = page.may("engineer", "admin") && !limits.ended_at && small(say("hub.limits.renew"), () => renewal(page, limits, () => showWeeks(page, alert, into)));
  const figure = new Figure(page.api, page.failed, words);
  into.replaceChildren(figure.show(weeksTable(answer), { chart: true, choice: renew || null }));
}

function stand({ since, until, passed, decided, made_by: name, made_at: at, reason }) {
  const by = name === null ? say("hub.limits.by_itself") : say("hub.limits.by", { name, time: sayTime(at), reason });
  return say("hub.limits.stand", { since, until, passed, decided, by });
}

function weeksTable({ limits, items }) {
  const few = limits.rule === "worsening";
  const heads = ["hub.head.week", "hub.head.passed", "hub.head.share", few ? "hub.limits.evidence" : "hub.head.limits", !few && "hub.limits.smoothed", "hub.head.signals"];
  const rows = items.map((one) =>
    element(
      "tr",
      { class: one.first_phase ? "quiet" : null },
      element("th", { scope: "row" }, one.week),
      element("td", { class: "numeral" }, say("hub.passed.of", { passed: one.passed, decided: one.decided })),
      element("td", { class: "numeral" }, percent(one.share, 1)),
      element("td", { class: "numeral" }, few ? rounded(one.evidence) : one.lower === null ? "–" : `${percent(one.lower, 1)} – ${percent(one.upper, 1)}`),
      !few && element("td", { class: "numeral" }, one.smoothed === null ? "–" : one.smoothed.toFixed(2)),
      element("td", {}, one.signals.map((rule) => say(`hub.signal.${rule}`)).join("; ")),
    ),
  );
  return table(say("hub.alerts.weeks"), heads.filter(Boolean).map((key) => say(key)), rows, say("hub.numbers.none"));
}

const rounded = (value) => (value === null ? "–" : value >= 10 ? value.toFixed(0) : value.toFixed(1));

async function renewal(page, limits, done) {
  const refused = element("p", { class: "notice", role: "alert", hidden: true });
  const dialog = element("dialog", { "aria-labelledby": "renew-title" });
  const form = element("form", {});
  const send = async (event) => {
    event.preventDefault();
    const body = { kind: limits.kind, subject: limits.subject, seen: limits.number, ...Object.fromEntries(new FormData(form)) };
    try {
      await page.api.send("POST", "/v1/limits", body);
      dialog.close();
      page.say(say("hub.limits.renewed"));
      await done();
    } catch (error) {
      refused.textContent = page.failed(error);
      refused.hidden = false;
    }
  };
  form.addEventListener("submit", send);
  form.append(
    element("h2", { id: "renew-title" }, say("hub.limits.renew_title", { name: limits.name || say("hub.alert.network") })),
    element("p", { class: "quiet" }, say("hub.limits.renew_about")),
    refused,
    labelled(say("hub.limits.since"), input("since", limits.since, { type: "date", required: true })),
    labelled(say("hub.limits.until"), input("until", limits.until, { type: "date", required: true })),
    labelled(say("hub.limits.reason"), input("reason", "", { required: true, maxlength: 2000 })),
    element(
      "div",
      { class: "dialog-buttons" },
      small(say("hub.cancel"), () => dialog.close()),
      element("button", { class: "button small main" }, say("hub.limits.renew")),
    ),
  );
  dialog.append(form);
  await showDialog(dialog);
}
