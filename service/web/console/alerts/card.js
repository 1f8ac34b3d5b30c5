// One alert: its sentence, what became of it, the pieces behind it, and the weeks that are held against its limits.

import { element } from "../../shared/dom.js";
import { language, say, sayTime } from "../../shared/words.js";
import { showDialog, small } from "../section.js";
import { showWeeks } from "./weeks.js";

const WORSE = new Set(["worsening", "beyond-worse", "ewma-worse", "scores", "misses"]);

/** @param {{open?: boolean, changed: () => void}} how  with its weeks shown; called when it was acknowledged */
export function card(page, alert, { open = false, changed }) {
  const root = element("article", { class: "part alert", "data-id": alert.id });
  const refill = (now) => root.replaceChildren(...contents(page, now, { open, changed, refill }));
  refill(alert);
  return root;
}

function contents(page, alert, { open, changed, refill }) {
  const marks = element(
    "p",
    { class: "alert-head" },
    element("span", { class: `state-mark ${WORSE.has(alert.rule) ? "rework" : "passed"}` }, say(`hub.kind.${alert.kind}`)),
    element("span", { class: "quiet" }, say("hub.alerts.raised", { time: sayTime(alert.raised_at) })),
  );
  const weeks = element("div", { class: "alert-weeks" });
  const show = alert.limits !== null && small(say("hub.alerts.weeks"), () => page.attempt(() => showWeeks(page, alert, weeks)), { "aria-expanded": "false" });
  const acknowledge = () => acknowledgement(page, alert, (now) => {
    refill(now);
    changed();
  });
  const buttons = [
    alert.state === "open" && small(say("hub.alerts.acknowledge"), acknowledge, { class: "button small main" }),
    alert.pieces_url && small(say("hub.alerts.pieces"), () => pieces(page, alert)),
    !open && show,
    !open && element("a", { href: `#alerts/${alert.id}` }, say("hub.alerts.link")),
  ];
  if (open && show) void page.attempt(() => showWeeks(page, alert, weeks));
  return [marks, element("p", { class: "alert-text" }, alert.text[language()]), became(alert), element("div", { class: "page-buttons" }, buttons), weeks].filter(Boolean);
}

function became({ state, acknowledged_at: at, acknowledged_by: name, note, withdrawn_at: withdrawn }) {
  if (state === "open") return null;
  const told = state === "withdrawn" ? say("hub.alerts.withdrawn_at", { time: sayTime(withdrawn) }) : say("hub.alerts.acknowledged_by", { name, time: sayTime(at) });
  return element("p", { class: "alert-became" }, element("span", { class: "quiet" }, told), note && element("q", {}, note));
}

async function pieces(page, { pieces_url: url, text }) {
  await page.attempt(async () => {
    const { showPieces } = await import("../numbers/behind.js");
    await showPieces(await page.api.list(`${url}&limit=50`), text[language()], page.house);
  });
}

async function acknowledgement(page, alert, done) {
  const note = element("textarea", { id: "alert-note", class: "field", rows: 3, maxlength: 2000, required: true });
  const refused = element("p", { class: "notice", role: "alert", hidden: true });
  const dialog = element("dialog", { "aria-labelledby": "alert-title" });
  const send = async (event) => {
    event.preventDefault();
    try {
      done(await page.api.send("POST", `/v1/alerts/${alert.id}/acknowledgement`, { note: note.value.trim() }));
      page.say(say("hub.alerts.said"));
      dialog.close();
    } catch (error) {
      refused.textContent = page.failed(error);
      refused.hidden = false;
    }
  };
  dialog.append(
    element(
      "form",
      { onsubmit: send },
      element("h2", { id: "alert-title" }, say("hub.alerts.acknowledge_title")),
      element("p", {}, alert.text[language()]),
      refused,
      element("label", { for: "alert-note" }, say("hub.alerts.note")),
      note,
      element("p", { class: "quiet" }, say("hub.alerts.acknowledge_about")),
      element(
        "div",
        { class: "dialog-buttons" },
        small(say("hub.cancel"), () => dialog.close()),
        element("button", { class: "button small main" }, say("hub.alerts.acknowledge")),
      ),
    ),
  );
  await showDialog(dialog);
}
