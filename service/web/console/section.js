// A part of the People page: a heading, a line that says what went wrong, and what is listed; and a small dialog.

import { element } from "../shared/dom.js";
import { sayTime } from "../shared/words.js";

export class Section {
  constructor({ api, house, failed, changed }, title, about = "", ...tools) {
    Object.assign(this, { api, house, failed, changed });
    this.trouble = element("p", { class: "notice", role: "alert", hidden: true });
    this.said = element("p", { class: "done", role: "status", hidden: true });
    this.body = element("div", { class: "people-body" });
    const words = element("div", {}, element("h3", {}, title), about && element("p", { class: "quiet" }, about));
    const head = element("div", { class: "people-head" }, words, tools);
    this.root = element("section", { "aria-label": title }, head, this.trouble, this.said, this.body);
  }

  /** Do it, and say what went wrong where it did not work. True where it worked. */
  async attempt(work) {
    this.trouble.hidden = true;
    try {
      await work();
      return true;
    } catch (error) {
      this.trouble.textContent = this.failed(error);
      this.trouble.hidden = false;
      return false;
    }
  }

  say(...words) {
    this.said.replaceChildren(...words);
    this.said.hidden = words.length === 0;
  }

  workshop(id) {
    return this.house.workshops.get(id)?.name ?? id;
  }
}

export const small = (text, onclick, more = {}) =>
  element("button", { class: "button small", type: "button", onclick, ...more }, text);

/** "24 Nov, 14:02", or what to say where it never was. */
export const timeOr = (iso, never) => (iso ? sayTime(iso) : never);

export function table(label, heads, rows, none) {
  const cells = heads.map((head) => element("th", { scope: "col" }, head));
  const empty = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, none));
  return element(
    "table",
    { "aria-label": label },
    element("thead", {}, element("tr", {}, cells)),
    element("tbody", {}, rows.length ? rows : empty),
  );
}

/** Show a dialog above everything; it is gone once it is closed. Resolves then. */
export function showDialog(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}

export function field(id, label, attributes = {}) {
  const input = element("input", { id, class: "field", required: true, ...attributes });
  return { input, parts: [element("label", { for: id }, label), input] };
}
