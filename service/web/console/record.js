// A line of the record in words: what somebody did, and what it was before.

import { say } from "../shared/words.js";
import { named } from "./named.js";

export function told({ action, subject, facts }, house) {
  const workshop = (id) => house.workshops.get(id)?.name ?? id;
  const values = {
    ...facts,
    subject,
    at: facts.microfactory ? `, ${workshop(facts.microfactory)}` : "",
    workshop: workshop(subject),
    changed: changesOf(facts),
    mark: markOf(facts),
    design: house.designs.get(facts.design)?.name ?? facts.design,
    role: roleWord(facts.role),
    was: roleWord(facts.was),
    status: statusWord(facts.status),
    detail: facts.detail ?? say("hub.record.taken_away"),
    forced: facts.forced_past ? say("hub.record.forced", { gates: facts.forced_past }) : "",
  };
  return say(`hub.did.${action}`, values, action);
}

const markOf = ({ lot, piece }) => (lot || piece ? ` (${[lot, piece].filter(Boolean).join(", ")})` : "");

const roleWord = (role) => role && say(`hub.role.${role}`, {}, role);

const statusWord = (status) => status && named("hub.status", status);

/** ": pieces 50 → 60; note none → Thin ones", from facts that say what each was. */
function changesOf(facts) {
  const none = say("hub.record.none");
  const told = Object.keys(facts)
    .filter((name) => `${name}_was` in facts)
    .map((name) => `${say(`hub.field.${name}`, {}, name)} ${facts[`${name}_was`] || none} → ${facts[name] || none}`);
  return told.length ? `: ${told.join("; ")}` : "";
}
