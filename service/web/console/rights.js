// The record of rights, for admins: who gave whom what, and who took it away; the latest first.

import { element } from "../shared/dom.js";
import { Section, small, table, timeOr } from "./section.js";

const PAGE = 25;

export class Rights extends Section {
  constructor(told) {
    super(told, "Record", "Every right that was given or taken away. Lines are only ever added.");
    this.lines = [];
    this.cursor = null;
  }

  load() {
    return this.#load(false);
  }

  #load(more) {
    return this.attempt(async () => {
      const after = more ? `&cursor=${encodeURIComponent(this.cursor)}` : "";
      const page = await this.api.list(`/v1/audit?limit=${PAGE}${after}`);
      this.lines = more ? [...this.lines, ...page.items] : page.items;
      this.cursor = page.next_cursor;
      const rows = this.lines.map((line) => this.#row(line));
      const next = this.cursor && small("Show more", () => this.#load(true));
      this.body.replaceChildren(...[table("Record", ["When", "Who", "What"], rows, "Nothing yet."), next].filter(Boolean));
    });
  }

  #row(line) {
    return element(
      "tr",
      {},
      element("td", { class: "when" }, timeOr(line.at)),
      element("td", {}, line.actor),
      element("td", {}, this.#told(line)),
    );
  }

  #told({ action, facts }) {
    const { name, label, role, was } = facts;
    const at = facts.microfactory ? `, ${this.workshop(facts.microfactory)}` : "";
    const sentences = {
      "token-made": `made a token for ${label}${at}: ${role}`,
      "token-revoked": `revoked ${label}${at}`,
      "phone-invited": `showed a QR for ${label}${at}`,
      "phone-enrolled": `was enrolled: ${label}${at}`,
      "staff-added": `added ${name}: ${role}`,
      "staff-role": `made ${name} ${role}, before ${was}`,
      "staff-password": `set a new password for ${name}`,
      "staff-disabled": `disabled ${name}`,
      "staff-enabled": `let ${name} in again`,
      "session-opened": "logged in",
      "session-closed": "logged out",
      "sessions-closed": "logged out everywhere",
    };
    return sentences[action] ?? action;
  }
}
