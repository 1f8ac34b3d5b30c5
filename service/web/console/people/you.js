// One's own log-in: another password, and out on every machine.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { asked } from "../ask.js";
import { field, Section, showDialog, small } from "../section.js";

export class You extends Section {
  constructor(told) {
    super(told, say("hub.you"));
  }

  load() {
    const { label, role: name } = this.house.me;
    const role = say(`hub.role.${name}`, {}, name);
    const here = element("p", {}, element("strong", {}, label), ` · ${role}`);
    if (!this.api.byPassword) {
      this.body.replaceChildren(element("div", { class: "you" }, here, element("p", { class: "quiet" }, say("hub.you.token"))));
      return;
    }
    const leave = async () => {
      const question = { title: say("hub.you.leave_question"), about: say("hub.you.leave_about"), act: say("hub.you.log_out") };
      if (!(await asked({ ...question, whom: label, where: role }))) return;
      await this.attempt(async () => {
        await this.api.logOut({ everywhere: true });
        location.reload();
      });
    };
    this.body.replaceChildren(
      element(
        "div",
        { class: "you" },
        here,
        element("p", { class: "quiet" }, say("hub.you.ends")),
        small(say("hub.you.change"), () => this.#changePassword()),
        small(say("hub.you.leave"), leave),
      ),
    );
  }

  async #changePassword() {
    this.say();
    const old = field("old-password", say("hub.you.present"), { type: "password", autocomplete: "current-password" });
    const next = field("new-password", say("hub.you.next"), {
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
        this.say(say("hub.you.changed"));
      } catch (error) {
        refused.textContent = this.failed(error);
        refused.hidden = false;
      }
    };
    const form = element(
      "form",
      { onsubmit: change },
      element("h2", { id: "password-title" }, say("hub.you.title")),
      refused,
      // For password keepers: whose password it is.
      element("input", { autocomplete: "username", value: this.house.me.label, readonly: true, hidden: true }),
      old.parts,
      next.parts,
      element("p", { class: "quiet", id: "password-rule" }, say("hub.you.rule")),
      element(
        "div",
        { class: "dialog-buttons" },
        small(say("hub.cancel"), () => dialog.close()),
        element("button", { class: "button small main" }, say("hub.you.change_it")),
      ),
    );
    dialog.append(form);
    await showDialog(dialog);
  }
}
