// A QR that makes a phone a workshop's: on the screen, or printed. It shows when the phone has come.

import { element } from "../../shared/dom.js";
import { language, locale, say, useLanguage } from "../../shared/words.js";
import { field, showDialog, small } from "../section.js";

const ASKED_EVERY_MS = 2500;
const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Ask whose phone it is, then show its QR. Resolves when the dialog is closed. */
export async function invite({ api, failed, microfactory, workshop, label }) {
  const dialog = element("dialog", { class: "invite", "aria-labelledby": "invite-title" });
  const title = element("h2", { id: "invite-title" }, say("hub.invite.title", { workshop }));
  const whose = field("invite-label", say("hub.invite.whose"), { maxlength: 120, placeholder: "Akinyi", value: label });
  const refused = element("p", { class: "notice", role: "alert", hidden: true });
  const make = async (event) => {
    event?.preventDefault();
    try {
      const made = await api.send("POST", "/v1/enrolments", { microfactory, label: whose.input.value.trim() });
      showCard(dialog, title, made, { api, failed, again: make });
    } catch (error) {
      refused.textContent = failed(error);
      refused.hidden = false;
    }
  };
  const buttons = element(
    "div",
    { class: "dialog-buttons" },
    small(say("hub.cancel"), () => dialog.close()),
    element("button", { class: "button small main" }, say("hub.invite.show")),
  );
  const hint = element("p", { class: "quiet" }, say("hub.invite.hint"));
  dialog.append(element("form", { onsubmit: make }, title, refused, whose.parts, hint, buttons));
  await showDialog(dialog);
}

function showCard(dialog, title, made, { api, failed, again }) {
  const src = `data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`;
  const state = element("p", { class: "state unprinted", role: "status" }, say("hub.invite.waiting"));
  const time = new Date(made.expires_at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });
  const buttons = element(
    "div",
    { class: "dialog-buttons unprinted" },
    small(say("hub.numbers.print"), () => print()),
    small(say("hub.close"), () => dialog.close(), { class: "button small main" }),
  );
  const local = LOCAL.has(new URL(made.link).hostname)
    ? element("p", { class: "notice unprinted" }, say("hub.invite.local"))
    : null;
  dialog.replaceChildren(
    title,
    element("p", { class: "whose" }, made.label),
    element("img", { src, alt: say("hub.invite.qr"), class: "qr" }),
    element("p", { lang: "en" }, said("en", "card.scan")),
    element("p", { lang: "sw" }, said("sw", "card.scan")),
    element("p", { class: "code" }, made.code),
    element("p", { class: "link" }, made.link),
    element("p", { lang: "en" }, said("en", "card.once", { time })),
    element("p", { lang: "sw" }, said("sw", "card.once", { time })),
    ...[local].filter(Boolean),
    state,
    buttons,
  );
  watch(dialog, made, { api, failed, state, again });
}

/** Ask until the phone has come, the time is over, or the dialog is closed. */
async function watch(dialog, made, { api, failed, state, again }) {
  while (dialog.open) {
    let over = false;
    try {
      const { used_at: used, open } = await api.get(`/v1/enrolments/${made.id}`);
      if (used) {
        state.textContent = say("hub.invite.enrolled");
        state.classList.add("good");
        return;
      }
      state.textContent = say("hub.invite.waiting");
      over = !open; // as the hub's clock says; this computer's may be wrong
    } catch (error) {
      state.textContent = failed(error);
      if (error.status === 401) dialog.close();
    }
    if (over) {
      state.replaceChildren(`${say("hub.invite.over")} `, small(say("hub.invite.again"), again));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  }
}

/** The printed card speaks both languages: it is for the artisan too. */
function said(tongue, key, values = {}) {
  const present = language();
  useLanguage(tongue);
  const text = say(key, values);
  useLanguage(present);
  return text;
}
