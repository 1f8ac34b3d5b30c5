// Harvests that were asked for: how far each is, its archive to download, and the commands that go on from there.

import { element } from "../../shared/dom.js";
import { say, sayNumber, sayTime } from "../../shared/words.js";
import { asked } from "../ask.js";
import { keep } from "../page.js";
import { small } from "../section.js";
import { commandsOf } from "./commands.js";
import { megabytes, plan } from "./plan.js";

const ASKED_EVERY_MS = 1_500;
const MARKS = { waiting: "pending", running: "pending", done: "passed", failed: "rejected", gone: "rejected" };

export class JobList {
  constructor(page) {
    Object.assign(this, { page, api: page.api });
    this.list = element("div", { class: "harvest-jobs" });
    this.room = element("p", { class: "quiet" });
    this.root = element("section", { class: "part", "aria-label": say("hub.harvest.kept") }, element("h3", {}, say("hub.harvest.kept")), this.room, this.list);
  }

  async load() {
    clearTimeout(this.timer);
    if (!location.hash.startsWith("#harvests")) return;
    await this.page.attempt(async () => {
      const { items, room } = await this.api.get("/v1/harvests");
      this.#fill(items, room);
      if (items.some(({ state }) => state === "waiting" || state === "running")) this.timer = setTimeout(() => this.load(), ASKED_EVERY_MS);
    });
  }

  #fill(items, { kept, most, bytes, most_bytes: mostBytes }) {
    this.room.textContent = say("hub.harvest.room", { kept, most, size: megabytes(bytes), all: megabytes(mostBytes) });
    const open = new Set([...this.list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.of));
    const shown = items.map((job) => this.#job(job, open.has(job.id)));
    this.list.replaceChildren(...(shown.length ? shown : [element("p", { class: "quiet" }, say("hub.harvest.none"))]));
  }

  #job(job, open) {
    const { id, name, state, photos, of, fault, sha256, bytes, counts, made_by: by, made_at: at } = job;
    const working = state === "waiting" || state === "running";
    const take = state === "done" && small(say("hub.harvest.download", { size: megabytes(bytes) }), () => this.#take(job), { class: "button small main", "aria-label": say("hub.harvest.download_name", { name }) });
    const drop = small(say(working ? "hub.harvest.stop" : "hub.harvest.delete"), () => this.#delete(job), { "aria-label": say("hub.harvest.delete_name", { name }) });
    const more = state === "done" && element(
      "details",
      { open },
      element("summary", {}, say("hub.harvest.more")),
      plan({ ...job }, this.page.house),
      element("dl", { class: "harvest-hashes" }, hash(say("hub.harvest.fingerprint"), counts.fingerprint), hash("SHA-256", sha256)),
      commandsOf(name),
    );
    if (more) more.dataset.of = id;
    return element(
      "article",
      { class: "harvest-job", "aria-label": name },
      element(
        "div",
        { class: "harvest-job-head" },
        element("strong", {}, name),
        element("span", { class: `state-mark ${MARKS[state]}` }, say(`hub.harvest_is.${state}`)),
        element("span", { class: "quiet" }, `${by}, ${sayTime(at)}`),
        element("span", { class: "page-buttons" }, take, drop),
      ),
      working && element("label", { class: "harvest-progress" }, element("progress", { max: Math.max(of, 1), value: photos }), say("hub.of", { part: sayNumber(photos), all: sayNumber(of) })),
      fault && element("p", { class: "notice", lang: "en" }, fault),
      more,
    );
  }

  /** A browser that logged in downloads by itself, however large it is; one with a link's token holds it first. */
  async #take({ id, name }) {
    const path = `/v1/harvests/${id}/archive`;
    if (this.api.byPassword) element("a", { href: path, download: `${name}.zip` }).click();
    else await this.page.attempt(() => keep(this.api, path, `${name}.zip`));
  }

  async #delete({ id, name }) {
    const question = { title: say("hub.harvest.delete_question"), whom: name, about: say("hub.harvest.delete_about"), act: say("hub.harvest.delete") };
    if (!(await asked(question))) return;
    await this.page.attempt(() => this.api.send("DELETE", `/v1/harvests/${id}`), say("hub.harvest.deleted", { name }));
    await this.load();
  }
}

const hash = (words, value) => element("div", {}, element("dt", {}, words), element("dd", {}, element("code", {}, value)));
