// The hub's people, for admins: who may log in and as what, a first password, out and in again.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { field, Section, showDialog, small, table, timeOr } from "../section.js";

const ROLES = ["reviewer", "engineer", "admin"];

export class Staff extends Section {
  constructor(told) {
    super(told, say("hub.staff"), say("hub.staff.about"));
  }

  async load() {
    await this.attempt(async () => {
      const { items } = await this.api.list("/v1/staff");
      const heads = [say("hub.name"), say("hub.role"), say("hub.staff.last_here"), ""];
      const rows = items.map((person) => this.#row(person));
      this.body.replaceChildren(table(say("hub.staff"), heads, rows, say("hub.staff.none")), this.#addForm());
    });
  }

  #row(person) {
    const { name, role, disabled_at: disabled } = person;
    const choice = roleChoice(role, say("hub.staff.role_of", { name }));
    choice.disabled = Boolean(disabled);
    choice.addEventListener("change", () => this.#giveRole(person, choice));
    const turn = disabled
      ? small(say("hub.staff.let_in"), () => this.#change(person, { disabled: false }, say("hub.staff.may_again", { name })))
      : small(say("hub.staff.disable"), () => this.#disable(person), {
          class: "button small danger",
          "aria-label": say("hub.staff.disable_name", { name }),
        });
    const renew = small(say("hub.you.next"), () => this.#renew(person), { "aria-label": say("hub.staff.password_for", { name }) });
    return element(
      "tr",
      { class: disabled ? "over" : null },
      element("th", { scope: "row" }, name),
      element("td", {}, choice),
      element("td", {}, disabled ? say("hub.staff.disabled_at", { time: timeOr(disabled) }) : timeOr(person.last_used_at, say("hub.never"))),
      element("td", { class: "act" }, !disabled && renew, turn),
    );
  }

  #addForm() {
    const name = field("staff-name", say("hub.name"), { maxlength: 120, autocomplete: "off" });
    const role = roleChoice("reviewer", say("hub.role"));
    const add = (event) => {
      event.preventDefault();
      this.attempt(async () => {
        const made = await this.api.send("POST", "/v1/staff", { name: name.input.value, role: role.value });
        await showPassword(made);
        await this.changed();
      });
    };
    return element(
      "form",
      { class: "add", onsubmit: add },
      name.parts,
      role,
      element("button", { class: "button small" }, say("hub.add")),
    );
  }

  /** Asked too: on a list of choices an arrow key is enough. */
  async #giveRole(person, choice) {
    const { name, role: was } = person;
    const role = choice.value;
    const word = roleWord(role);
    const question = { title: say("hub.staff.role_question"), about: say("hub.staff.role_about"), act: say("hub.staff.make", { role: word }) };
    const on = await asked({ ...question, whom: name, where: `${roleWord(was)} → ${word}` });
    const done = on && (await this.#change(person, { role, was }, say("hub.staff.is_now", { name, role: word })));
    if (!done) choice.value = person.role;
  }

  async #disable(person) {
    const { name, role } = person;
    const question = { title: say("hub.staff.disable_question"), about: say("hub.staff.disable_about"), act: say("hub.staff.disable") };
    if (!(await asked({ ...question, whom: name, where: roleWord(role) }))) return;
    await this.#change(person, { disabled: true }, say("hub.staff.is_out", { name }));
  }

  #change(person, change, done) {
    return this.attempt(async () => {
      try {
        await this.api.send("PATCH", `/v1/staff/${person.id}`, change);
      } catch (error) {
        person.role = error.body?.role ?? person.role; // somebody else gave it meanwhile
        throw error;
      }
      this.say(done);
      await this.changed();
    });
  }

  async #renew({ id, name, role }) {
    const question = { title: say("hub.staff.renew_question"), about: say("hub.staff.renew_about"), act: say("hub.staff.renew") };
    if (!(await asked({ ...question, whom: name, where: roleWord(role) }))) return;
    await this.attempt(async () => {
      await showPassword(await this.api.send("POST", `/v1/staff/${id}/password`));
      await this.changed();
    });
  }
}

const roleWord = (role) => say(`hub.role.${role}`, {}, role);

function roleChoice(role, label) {
  const options = ROLES.map((name) => element("option", { value: name, selected: name === role }, roleWord(name)));
  return element("select", { class: "field", "aria-label": label }, options);
}

function showPassword({ name, password }) {
  const dialog = element("dialog", { "aria-labelledby": "shown-title" });
  dialog.append(
    element("h2", { id: "shown-title" }, say("hub.staff.password_of", { name })),
    element("p", { class: "shown" }, password),
    element("p", { class: "quiet" }, say("hub.staff.shown_once")),
    element("div", { class: "dialog-buttons" }, small(say("hub.done"), () => dialog.close(), { class: "button small main" })),
  );
  return showDialog(dialog);
}
