// Who is told of alerts, for admins: webhooks with their last messages, and mail.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { asked } from "../ask.js";
import { facts, input, labelled, part } from "../page.js";
import { showDialog, small, table, timeOr } from "../section.js";

export class Receivers {
  constructor(page) {
    this.page = page;
  }

  async open(ways) {
    this.list = element("div", { class: "alerts-list" });
    this.mail = element("div", {});
    const about = element("p", { class: "quiet" }, say("hub.told.about"));
    this.page.show(say("hub.alerts.receivers"), {}, ways, about, this.list, this.#form(), this.mail);
    await this.#load();
  }

  async #load() {
    await this.page.attempt(async () => {
      const [{ items }, mail] = await Promise.all([this.page.api.get("/v1/webhooks"), this.page.api.get("/v1/mail")]);
      const none = element("p", { class: "part quiet" }, say("hub.told.none"));
      this.list.replaceChildren(...(items.length ? items.map((one) => this.#webhook(one)) : [none]));
      const told = mail.set ? say("hub.told.mail_to", { names: mail.to.join(", ") }) : say("hub.told.mail_none");
      const buttons = mail.set && this.#buttons({ id: "mail", label: say("hub.told.mail") }, "/v1/mail/test");
      this.mail.replaceChildren(part(say("hub.told.mail"), element("p", {}, told), buttons || ""));
    });
  }

  #form() {
    const form = element(
      "form",
      { class: "page-form", "aria-label": say("hub.told.add") },
      element("h3", {}, say("hub.told.add")),
      labelled(say("hub.told.label"), input("label", "", { required: true, maxlength: 120 })),
      labelled(say("hub.told.url"), input("url", "", { required: true, maxlength: 1000, type: "url", placeholder: "https://example.org/ubora" })),
      element("div", { class: "page-buttons" }, element("button", { class: "button main" }, say("hub.add"))),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await this.page.attempt(async () => {
        const made = await this.page.api.send("POST", "/v1/webhooks", Object.fromEntries(new FormData(form)));
        form.reset();
        await showSecret(made);
        await this.#load();
      });
    });
    return form;
  }

  #webhook(one) {
    const old = one.old_secret_until && element("p", { class: "quiet" }, say("hub.told.old_until", { time: sayTime(one.old_secret_until) }));
    const renew = small(say("hub.told.new_secret"), () => this.page.attempt(async () => {
      const made = await this.page.api.send("POST", `/v1/webhooks/${one.id}/secret`);
      await showSecret(made, say("hub.told.new_secret_about"));
      await this.#load();
    }));
    const remove = small(say("hub.told.remove"), () => this.#remove(one), { class: "button small danger" });
    return part(
      one.label,
      facts(
        [say("hub.told.url"), one.url],
        [say("hub.told.last"), timeOr(one.last_at, say("hub.told.never"))],
        [say("hub.told.waiting"), sayNumber(one.waiting)],
        [say("hub.told.dead"), sayNumber(one.dead)],
      ),
      old || "",
      this.#buttons(one, `/v1/webhooks/${one.id}/test`, renew, remove),
    );
  }

  #buttons({ id, label }, test, ...more) {
    const tried = small(say("hub.told.try"), () => this.page.attempt(() => this.page.api.send("POST", test), say("hub.told.tried")));
    const last = small(say("hub.told.deliveries"), () => this.page.attempt(() => this.#deliveries(id, label)));
    return element("div", { class: "page-buttons" }, tried, last, ...more);
  }

  async #remove({ id, label, url }) {
    const question = { title: say("hub.told.remove_title"), about: say("hub.told.remove_about"), act: say("hub.told.remove") };
    if (!(await asked({ ...question, whom: label, where: url }))) return;
    await this.page.attempt(() => this.page.api.send("DELETE", `/v1/webhooks/${id}`));
    await this.#load();
  }

  async #deliveries(receiver, label) {
    const title = say("hub.told.deliveries_of", { name: label });
    const dialog = element("dialog", { class: "pieces-behind", "aria-label": title });
    const body = element("div", { class: "wide", tabindex: "0", role: "group", "aria-label": title });
    const fill = async () => {
      const { items } = await this.page.api.get(`/v1/deliveries?receiver=${receiver}`);
      const again = (one) => this.page.attempt(async () => {
        await this.page.api.send("POST", `/v1/deliveries/${one.id}/again`);
        await fill();
      });
      const heads = ["hub.record.when", "hub.told.event", "hub.told.state", "hub.told.tries"].map((key) => say(key));
      body.replaceChildren(table(title, [...heads, ""], items.map((one) => delivery(one, again)), say("hub.told.no_message")));
    };
    await fill();
    const head = element("div", { class: "figure-head" }, element("h2", {}, title), small(say("hub.refresh"), () => this.page.attempt(fill)), small(say("hub.close"), () => dialog.close()));
    dialog.append(head, body);
    await showDialog(dialog);
    await this.#load();
  }
}

function delivery(one, again) {
  const why = [one.status, one.fault && say(`hub.failed.${one.fault}`, {}, one.fault)].filter(Boolean).join(", ");
  const next = one.state === "waiting" && one.tries > 0 && say("hub.told.next", { time: sayTime(one.next_at) });
  return element(
    "tr",
    {},
    element("td", {}, sayTime(one.created_at)),
    element("td", {}, say(`hub.event.${one.event}`, {}, one.event)),
    element("td", {}, [say(`hub.message.${one.state}`), why && `(${why})`, next].filter(Boolean).join(" ")),
    element("td", { class: "numeral" }, sayNumber(one.tries)),
    element("td", { class: "act" }, one.state === "dead" && one.fault !== "removed" && small(say("hub.told.again"), () => again(one))),
  );
}

/** Once, and never again. */
async function showSecret({ label, secret }, about = "") {
  const dialog = element("dialog", { "aria-labelledby": "secret-title" });
  dialog.append(
    element("h2", { id: "secret-title" }, `${label}: ${say("hub.told.secret")}`),
    element("p", { class: "shown secret" }, secret),
    element("p", { class: "quiet" }, say("hub.told.secret_about")),
    about && element("p", { class: "quiet" }, about),
    element("div", { class: "dialog-buttons" }, small(say("hub.close"), () => dialog.close(), { class: "button small main" })),
  );
  await showDialog(dialog);
}
