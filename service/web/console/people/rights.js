// The record, for admins: who gave whom what right and who took it away, who changed an order, a design or a
// workshop, and what it was before; the latest first.

import { element } from "../../shared/dom.js";
import { Section, small, table, timeOr } from "../section.js";

const PAGE = 25;

export class Rights extends Section {
  constructor(told) {
    super(told, "Record", "Every right that was given or taken away, every order, design and workshop that was changed. Lines are only ever added.");
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

  #told({ action, subject, facts }) {
    const { name, label, role, was } = facts;
    const at = facts.microfactory ? `, ${this.workshop(facts.microfactory)}` : "";
    const changed = changesOf(facts);
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
      "lot-opened": `opened lot ${subject}${at}: ${facts.pieces} pieces of ${this.#design(facts.design)}`,
      "lot-edited": `changed lot ${subject}${at}${changed}`,
      "lot-closed": `closed lot ${subject}${at}`,
      "lot-reopened": `opened lot ${subject} again${at}${changed}`,
      "design-made": `made the design ${name}`,
      "design-edited": `changed the design ${name}${changed}`,
      "design-photos": `replaced the approved photos of ${name}`,
      "design-piece-added": `let an accepted piece${at} stand for the design ${name}`,
      "design-piece-removed": `an accepted piece stands for the design ${name} no longer: ${facts.detail ?? "taken away"}`,
      "retake-to-person": `sent a piece${at} to a person after ${facts.retakes} photos to be taken again: ${facts.faults}`,
      "retake-decided": `decided on a piece${at} whose photo was not good enough: ${facts.status}`,
      "archive-taken": `took the archive of ${this.workshop(subject)}`,
      "piece-deleted": `deleted a piece${at}${markOf(facts)}: ${facts.reason}`,
      "photo-deleted": `deleted a photo${at}${markOf(facts)}: ${facts.reason}`,
      "voice-deleted": `deleted a voice note${at}${markOf(facts)}: ${facts.reason}`,
      "phone-deleted": `deleted all that ${label}${at} sent, ${facts.inspections} inspections: ${facts.reason}`,
      "files-expired": `let go of what is older than it is to be kept: ${facts.photos} photos, ${facts.voices} voice notes`,
      "microfactory-made": `entered the workshop ${name}, ${facts.place}`,
      "microfactory-edited": `changed the workshop ${this.workshop(subject)}${changed}`,
    };
    return sentences[action] ?? action;
  }

  #design(id) {
    return this.house.designs.get(id)?.name ?? id;
  }
}

const markOf = ({ lot, piece }) => (lot || piece ? ` (${[lot, piece].filter(Boolean).join(", ")})` : "");

const FIELDS = { approved_low: "lowest level that passes", approved_high: "highest level that passes" };

/** ": pieces 50 → 60; note none → Thin ones", from facts that say what each was. */
function changesOf(facts) {
  const told = Object.keys(facts)
    .filter((name) => `${name}_was` in facts)
    .map((name) => `${FIELDS[name] ?? name} ${facts[`${name}_was`] || "none"} → ${facts[name] || "none"}`);
  return told.length ? `: ${told.join("; ")}` : "";
}
