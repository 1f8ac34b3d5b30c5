// The hub's people, for admins: who may log in and as what, a first password, out and in again.

import { element } from "../../shared/dom.js";
import { asked } from "../ask.js";
import { field, Section, showDialog, small, table, timeOr } from "../section.js";

const ROLES = ["reviewer", "engineer", "admin"];

export class Staff extends Section {
  constructor(told) {
    super(told, "Staff", "Reviewers decide on pieces and enrol phones; engineers keep designs; admins do all, and this.");
  }

  async load() {
    await this.attempt(async () => {
      const { items } = await this.api.list("/v1/staff");
      const heads = ["Name", "Role", "Last here", ""];
      const rows = items.map((person) => this.#row(person));
      this.body.replaceChildren(table("Staff", heads, rows, "Nobody has a password yet."), this.#addForm());
    });
  }

  #row(person) {
    const { name, role, disabled_at: disabled } = person;
    const choice = roleChoice(role, `Role of ${name}`);
    choice.disabled = Boolean(disabled);
    choice.addEventListener("change", () => this.#giveRole(person, choice));
    const turn = disabled
      ? small("Let in again", () => this.#change(person, { disabled: false }, `${name} may log in again.`))
      : small("Disable", () => this.#disable(person), {
          class: "button small danger",
          "aria-label": `Disable ${name}`,
        });
    const renew = small("New password", () => this.#renew(person), { "aria-label": `New password for ${name}` });
    return element(
      "tr",
      { class: disabled ? "over" : null },
      element("th", { scope: "row" }, name),
      element("td", {}, choice),
      element("td", {}, disabled ? `disabled ${timeOr(disabled)}` : timeOr(person.last_used_at, "never")),
      element("td", { class: "act" }, !disabled && renew, turn),
    );
  }

  #addForm() {
    const name = field("staff-name", "Name", { maxlength: 120, autocomplete: "off" });
    const role = roleChoice("reviewer", "Role");
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
      element("button", { class: "button small" }, "Add"),
    );
  }

  /** Asked too: on a list of choices an arrow key is enough. */
  async #giveRole(person, choice) {
    const { name, role: was } = person;
    const role = choice.value;
    const about = "It holds from the next click of theirs on.";
    const on = await asked({ title: "Give another role?", whom: name, where: `${was} → ${role}`, about, act: `Make ${role}` });
    const done = on && (await this.#change(person, { role, was }, `${name} is ${role} now.`));
    if (!done) choice.value = person.role;
  }

  async #disable(person) {
    const { name, role } = person;
    const about = "They are out at once, on every machine, and cannot log in. What they decided keeps their name; you can let them in again.";
    if (!(await asked({ title: "Disable this person?", whom: name, where: role, about, act: "Disable" }))) return;
    await this.#change(person, { disabled: true }, `${name} is out, on every machine.`);
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
    const about = "The present password is no good from then on, and they are out on every machine. The new one is shown to you once.";
    if (!(await asked({ title: "Make a new password?", whom: name, where: role, about, act: "Make a new one" }))) return;
    await this.attempt(async () => {
      await showPassword(await this.api.send("POST", `/v1/staff/${id}/password`));
      await this.changed();
    });
  }
}

function roleChoice(role, label) {
  const options = ROLES.map((name) => element("option", { selected: name === role }, name));
  return element("select", { class: "field", "aria-label": label }, options);
}

function showPassword({ name, password }) {
  const dialog = element("dialog", { "aria-labelledby": "shown-title" });
  dialog.append(
    element("h2", { id: "shown-title" }, `Password of ${name}`),
    element("p", { class: "shown" }, password),
    element("p", { class: "quiet" }, "It is shown once. Tell it in person; it is changed under “You” after the first log-in."),
    element("div", { class: "dialog-buttons" }, small("Done", () => dialog.close(), { class: "button small main" })),
  );
  return showDialog(dialog);
}
