// What the pages of the hub are made of: a head with the way back, a line for what was done or went wrong, forms.

import { element, find } from "../shared/dom.js";
import { say } from "../shared/words.js";

export const percent = (share, digits = 0) => (share === null ? "–" : `${(100 * share).toFixed(digits)} %`);

/** What is typed into an address, so that it comes out of it as it was. */
export const inAddress = (text) => encodeURIComponent(encodeURIComponent(text));

export class Page {
  /** @param {string} name of the view: its section is filled */
  constructor(name, { api, house, failed }) {
    Object.assign(this, { name, api, house, failed });
    this.trouble = element("p", { class: "notice", role: "alert", hidden: true });
    this.said = element("p", { class: "done", role: "status", hidden: true });
  }

  get root() {
    return find(`#${this.name}`);
  }

  /** @param {{back?: [string, string], tools?: (Node|string)[]}} more  where the way back leads, and its words */
  show(title, { back, tools = [] }, ...parts) {
    const way = back && element("a", { class: "back", href: back[0] }, `← ${back[1]}`);
    const head = element("div", { class: "page-head" }, way, element("h2", {}, title), element("div", { class: "page-tools" }, tools));
    this.root.classList.add("page");
    this.root.replaceChildren(head, this.trouble, this.said, ...parts.flat().filter(Boolean));
  }

  /** Do it; what went wrong is said. True where it worked, and then `done` is said. */
  async attempt(work, done = "") {
    this.trouble.hidden = true;
    try {
      await work();
      if (done) this.say(done); // what was said before is not taken back by a look at something else
      return true;
    } catch (error) {
      this.fail(this.failed(error));
      return false;
    }
  }

  say(...words) {
    this.said.replaceChildren(...words);
    this.said.hidden = words.join("") === "";
  }

  fail(words) {
    this.said.hidden = true;
    this.trouble.textContent = words;
    this.trouble.hidden = false;
    this.trouble.scrollIntoView({ block: "nearest" });
  }

  may(...roles) {
    return roles.includes(this.house.me?.role);
  }
}

/** A page of the service in a tab of its own: it is asked for here, since a tab sends no token. */
export async function openPage(api, url) {
  const text = await (await api.ask(url)).text();
  // A page that is no address of the service finds the service's files by their whole address.
  const whole = text.replaceAll('href="/', `href="${location.origin}/`);
  const href = URL.createObjectURL(new Blob([whole], { type: "text/html" }));
  window.open(href, "_blank");
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

// Forms

export const labelled = (words, field, hint = "") =>
  element("label", { class: "labelled" }, element("span", {}, words), field, hint && element("small", { class: "quiet" }, hint));

export function input(name, value, attributes = {}) {
  const field = element("input", { class: "field", name, autocomplete: "off", ...attributes });
  field.value = value ?? "";
  return field;
}

/** @param {[string, string][]} choices  value and words */
export function choice(name, value, choices, attributes = {}) {
  const options = choices.map(([one, words]) => element("option", { value: one, selected: one === value }, words));
  return element("select", { class: "field", name, ...attributes }, options);
}

/** @param {Map<string, {name: string}>} things  by their ids */
export const byName = (things, any) => [
  ...(any ? [["", any]] : []),
  ...[...things.values()].sort((one, other) => one.name.localeCompare(other.name)).map(({ id, name }) => [id, name]),
];

/** Those that are offered: a closed workshop is only named where something of it is shown. */
export const openOnes = (workshops) => new Map([...workshops].filter(([, { closed_at: closed }]) => !closed));

export const VIEWS = ["front", "back", "side", "detail"];

/** A box for each view; `chosen` is called with those that are ticked, in the order in which the phone asks for them. */
export function viewBoxes(words, ticked, chosen) {
  let views = ticked;
  const boxes = VIEWS.map((view) => {
    const box = element("input", { type: "checkbox", value: view });
    box.checked = views.includes(view);
    box.addEventListener("change", () => chosen((views = VIEWS.filter((one) => (one === view ? box.checked : views.includes(one))))));
    return element("label", {}, box, say(`view.${view}`));
  });
  return element("fieldset", { class: "views" }, element("legend", {}, words), boxes);
}

/** Words and what stands for them, one under the other. */
export function facts(...pairs) {
  const rows = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false);
  return element("dl", { class: "facts-list" }, rows.map(([words, value]) => element("div", {}, element("dt", {}, words), element("dd", {}, value))));
}

export const part = (title, ...children) =>
  element("section", { class: "part", "aria-label": title }, element("h3", {}, title), ...children);

/** A small photo that is fetched once it is in sight. */
export function thumb(api, url, alt = "") {
  const image = element("img", { class: "thumb", alt, width: 64, height: 48 });
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    seen.disconnect();
    api.photo(url).then((src) => (image.src = src), () => image.classList.add("lost"));
  });
  seen.observe(image);
  return image;
}

/** A file that was fetched, offered to be kept. */
export async function keep(api, url, name) {
  const answer = await api.ask(url);
  const href = URL.createObjectURL(await answer.blob());
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
