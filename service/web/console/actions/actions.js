// Corrective actions: what is followed at which workshop, and where the hub is asked whether to follow something.

import { element } from "../../shared/dom.js";
import { say, sayDate, sayNumber, sayTime } from "../../shared/words.js";
import { keep, Page } from "../page.js";
import { ActionPage } from "./action.js";
import { courseMark, lastTaken, titleOf } from "./course.js";
import { OpeningPage } from "./opening.js";
import { suggestionsPart } from "./suggestions.js";

const PATH = "/v1/corrective-actions";
const SHOWN = ["open", "hub", "waiting", "watched", "closed"];
const USUAL = "open";
const PAGE = 50;

export class Actions {
  constructor(api, house, failed) {
    this.page = new Page("actions", { api, house, failed });
    this.action = new ActionPage(this.page);
    this.opening = new OpeningPage(this.page);
    Object.assign(this, { api, house });
  }

  async open(rest) {
    this.page.say();
    if (rest.startsWith("new")) return this.opening.open(rest.slice("new/".length));
    if (rest && !rest.includes("=")) return this.action.open(rest);
    const asked = new URLSearchParams(rest).get("show");
    const show = SHOWN.includes(asked) ? asked : USUAL;
    this.show = show;
    const list = element("div", {});
    const suggested = element("div", {});
    const open = this.page.may("reviewer", "admin") && element("a", { class: "button small main", href: "#actions/new" }, say("hub.action_new"));
    const csv = element("button", { class: "button small", type: "button", onclick: () => this.#keep() }, say("hub.numbers.csv"));
    this.page.show(
      say("hub.actions"),
      { tools: [csv, open].filter(Boolean) },
      element("p", { class: "quiet" }, say("hub.actions_about")),
      suggested,
      this.#choice(show),
      list,
    );
    const mine = () => this.show === show && list.isConnected; // else something else was asked for meanwhile
    this.api.get("/v1/corrective-suggestions").then(
      (found) => mine() && suggested.replaceChildren(...suggestionsPart(found, this.house, Boolean(open))),
      (error) => this.page.fail(this.page.failed(error)),
    );
    return this.#load(list, mine);
  }

  #choice(show) {
    const links = SHOWN.map((one) =>
      element("a", { class: "button small", href: `#actions/show=${one}`, "aria-current": one === show ? "true" : null }, say(`hub.show.${one}`)),
    );
    return element("div", { class: "course-choice", role: "group", "aria-label": say("hub.filter") }, links);
  }

  #keep() {
    return this.page.attempt(() => keep(this.api, `${PATH}?show=${this.show}&format=csv`, "corrective-actions.csv"));
  }

  async #load(list, mine, rows = [], cursor = null) {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    await this.page.attempt(async () => {
      const found = await this.api.list(`${PATH}?show=${this.show}&limit=${PAGE}${more}`);
      if (!mine()) return;
      const all = [...rows, ...found.items];
      const onclick = () => this.#load(list, mine, all, found.next_cursor);
      const next = found.next_cursor && element("button", { class: "button", type: "button", onclick }, say("hub.show_more"));
      list.replaceChildren(...[actionsTable(all, this.house), next].filter(Boolean));
    });
  }
}

/** @param {object[]} actions as the service lists them: the order says nothing of a workshop */
export function actionsTable(actions, house) {
  const heads = [say("hub.action_what"), say("hub.state"), say("hub.action_last"), say("hub.action_watch")];
  const rows = actions.map((one) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, element("a", { href: `#actions/${one.id}` }, titleOf(one, house))),
      element("td", {}, courseMark(one), " ", dueWords(one)),
      element("td", { class: "quiet" }, `${say(`hub.took.${lastTaken(one).step}`)}, ${sayTime(lastTaken(one).at)}`),
      element("td", {}, watchWords(one)),
    ),
  );
  const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.action_none")));
  return element(
    "table",
    { class: "cards", "aria-label": say("hub.actions") },
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows.length ? rows : none),
  );
}

function dueWords({ due_at: due, overdue }) {
  if (!due) return "";
  const words = say("hub.action_due", { day: sayDate(due) });
  return element("span", { class: overdue ? "overdue" : "quiet" }, overdue ? `${words}: ${say("hub.action_overdue")}` : words);
}

function watchWords({ effect, watch, state }) {
  if (!effect || state === "opened" || state === "told") return "–";
  const { found, of } = effect.after;
  const words = say("hub.action_watched", { of: sayNumber(of), watch: sayNumber(watch), found: sayNumber(found) });
  return state === "watched" && effect.whole ? [words, " ", element("strong", {}, say("hub.action_whole"))] : words;
}
