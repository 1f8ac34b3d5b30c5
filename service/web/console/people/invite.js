// A QR that makes a phone a workshop's: on the screen, or printed. It shows when the phone has come.

import { element } from "../../shared/dom.js";
import { say, useLanguage } from "../../shared/words.js";
import { field, showDialog, small } from "../section.js";

const ASKED_EVERY_MS = 2500;
const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Ask whose phone it is, then show its QR. Resolves when the dialog is closed. */
export async function invite({ api, failed, microfactory, workshop, label }) {
  const dialog = element("dialog", { class: "invite", "aria-labelledby": "invite-title" });
  const title = element("h2", { id: "invite-title" }, `A phone for ${workshop}`);
  const whose = field("invite-label", "Whose phone?", { maxlength: 120, placeholder: "Akinyi", value: label });
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
    small("Cancel", () => dialog.close()),
    element("button", { class: "button small main" }, "Show the QR"),
  );
  const hint = element("p", { class: "quiet" }, "It stands in the list of phones, where a lost one is looked for.");
  dialog.append(element("form", { onsubmit: make }, title, refused, whose.parts, hint, buttons));
  await showDialog(dialog);
}

function showCard(dialog, title, made, { api, failed, again }) {
  const src = `data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`;
  const state = element("p", { class: "state unprinted", role: "status" }, "Waiting for the phone …");
  const time = new Date(made.expires_at).toLocaleTimeString("en-KE", { hour: "2-digit", minute: "2-digit", hour12: false });
  const buttons = element(
    "div",
    { class: "dialog-buttons unprinted" },
    small("Print", () => print()),
    small("Close", () => dialog.close(), { class: "button small main" }),
  );
  const local = LOCAL.has(new URL(made.link).hostname)
    ? element("p", { class: "notice unprinted" }, "This link opens on this computer only. Open the console by the address that phones use, or set UBORA_PUBLIC_URL.")
    : null;
  dialog.replaceChildren(
    title,
    element("p", { class: "whose" }, made.label),
    element("img", { src, alt: "QR of the link below", class: "qr" }),
    element("p", {}, say("card.scan")),
    element("p", { lang: "sw" }, inSwahili("card.scan")),
    element("p", { class: "code" }, made.code),
    element("p", { class: "link" }, made.link),
    element("p", {}, say("card.once", { time })),
    element("p", { lang: "sw" }, inSwahili("card.once", { time })),
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
        state.textContent = "The phone is enrolled.";
        state.classList.add("good");
        return;
      }
      state.textContent = "Waiting for the phone …";
      over = !open; // as the hub's clock says; this computer's may be wrong
    } catch (error) {
      state.textContent = failed(error);
      if (error.status === 401) dialog.close();
    }
    if (over) {
      state.replaceChildren("The time is over. ", small("New QR", again));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  }
}

/** The printed card speaks to the artisan too. */
function inSwahili(key, values = {}) {
  useLanguage("sw");
  const text = say(key, values);
  useLanguage("en");
  return text;
}
