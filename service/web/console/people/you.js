// One's own log-in: another password, and out on every machine.

import { element } from "../../shared/dom.js";
import { asked } from "../ask.js";
import { field, Section, showDialog, small } from "../section.js";

const RULE = "At least 12 characters. Several words that do not belong together are best; no sign or number is needed.";

export class You extends Section {
  constructor(told) {
    super(told, "You");
  }

  load() {
    const { label, role } = this.house.me;
    const name = element("p", {}, element("strong", {}, label), ` · ${role}`);
    if (!this.api.byPassword) {
      const how = "You came by a link with a token: it has no password, and ends with this tab.";
      this.body.replaceChildren(element("div", { class: "you" }, name, element("p", { class: "quiet" }, how)));
      return;
    }
    const leave = async () => {
      const about = "Every browser in which you are logged in is logged out, this one too. Reviews that were begun and not decided are lost.";
      if (!(await asked({ title: "Log out everywhere?", whom: label, where: role, about, act: "Log out" }))) return;
      await this.attempt(async () => {
        await this.api.logOut({ everywhere: true });
        location.reload();
      });
    };
    this.body.replaceChildren(
      element(
        "div",
        { class: "you" },
        name,
        element("p", { class: "quiet" }, "A session ends after an hour without use, and after twelve at all."),
        small("Change password", () => this.#changePassword()),
        small("Log out everywhere", leave),
      ),
    );
  }

  async #changePassword() {
    this.say();
    const old = field("old-password", "Present password", { type: "password", autocomplete: "current-password" });
    const next = field("new-password", "New password", {
      type: "password",
      autocomplete: "new-password",
      minlength: 12,
      "aria-describedby": "password-rule",
    });
    const refused = element("p", { class: "notice", role: "alert", hidden: true });
    const dialog = element("dialog", { "aria-labelledby": "password-title" });
    const change = async (event) => {
      event.preventDefault();
      try {
        const body = { password: old.input.value, new_password: next.input.value };
        await this.api.send("PUT", "/v1/session/password", body);
        dialog.close();
        this.say("Your password is changed; your other sessions are over.");
      } catch (error) {
        refused.textContent = this.failed(error);
        refused.hidden = false;
      }
    };
    const form = element(
      "form",
      { onsubmit: change },
      element("h2", { id: "password-title" }, "Change your password"),
      refused,
      // For password keepers: whose password it is.
      element("input", { autocomplete: "username", value: this.house.me.label, readonly: true, hidden: true }),
      old.parts,
      next.parts,
      element("p", { class: "quiet", id: "password-rule" }, RULE),
      element(
        "div",
        { class: "dialog-buttons" },
        small("Cancel", () => dialog.close()),
        element("button", { class: "button small main" }, "Change it"),
      ),
    );
    dialog.append(form);
    await showDialog(dialog);
  }
}
