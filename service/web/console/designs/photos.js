// The approved photos of a design: seen large, and replaced together, each with its view.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { choice, part, VIEWS } from "../page.js";

const MOST = 6;

export class PhotosPart {
  constructor(page, design, keeps, changed) {
    Object.assign(this, { page, api: page.api, design, keeps, changed });
    this.draft = null; // [{blob, src, view}] while they are being changed
    this.root = part(say("hub.approved_photos"));
    this.#fill();
  }

  #fill() {
    const title = this.root.firstElementChild;
    this.root.replaceChildren(title, ...(this.draft ? this.#editor() : this.#shown()));
  }

  #shown() {
    const { approved_photos: urls, approved_views: views, name } = this.design;
    const photos = urls.map((url, at) => {
      const view = views[at] ? say(`view.${views[at]}`) : say("hub.any_view");
      const image = element("img", { alt: `${name}, ${view}` });
      this.api.photo(url).then((src) => (image.src = src), () => image.classList.add("lost"));
      return element("figure", {}, image, element("figcaption", { class: "quiet" }, view));
    });
    const none = element("p", { class: "lacking" }, say("hub.no_approved_photo"));
    const words = urls.length ? say("hub.change_photos") : say("hub.add_photos");
    const change = this.keeps && element("button", { class: "button", type: "button", onclick: () => this.#begin() }, words);
    return [urls.length ? element("div", { class: "approved-large" }, photos) : none, change].filter(Boolean);
  }

  /** What stands is taken along: what is sent replaces all of it. */
  async #begin() {
    await this.page.attempt(async () => {
      const { approved_photos: urls, approved_views: views } = this.design;
      this.draft = await Promise.all(
        urls.map(async (url, at) => {
          const blob = await (await this.api.ask(url)).blob();
          return { blob, src: URL.createObjectURL(blob), view: views[at] ?? "" };
        }),
      );
    });
    this.#fill();
    this.root.querySelector("input")?.focus();
  }

  #editor() {
    const pick = element("input", { type: "file", accept: "image/*", multiple: true, id: "approved-files" });
    pick.addEventListener("change", () => {
      const unused = VIEWS.filter((view) => !this.draft.some((one) => one.view === view));
      for (const file of pick.files) this.draft.push({ blob: file, src: URL.createObjectURL(file), view: unused.shift() ?? "" });
      this.#fill();
    });
    const full = this.draft.length > MOST;
    return [
      element("p", { class: "quiet" }, say("hub.photos_how")),
      element("div", { class: "approved-large" }, this.draft.map((one) => this.#draftPhoto(one))),
      full && element("p", { class: "notice" }, say("hub.too_many_photos", { most: MOST })),
      element("label", { class: "labelled", for: "approved-files" }, element("span", {}, say("hub.add_files")), pick),
      element(
        "div",
        { class: "page-buttons" },
        element("button", { class: "button main", type: "button", disabled: full || this.draft.length === 0, onclick: () => this.#save() }, say("hub.let_them_stand")),
        element("button", { class: "button", type: "button", onclick: () => this.#cancel() }, say("hub.cancel")),
      ),
    ].filter(Boolean);
  }

  #draftPhoto(one) {
    const at = this.draft.indexOf(one) + 1;
    const views = [["", say("hub.any_view")], ...VIEWS.map((view) => [view, say(`view.${view}`)])];
    const view = choice("view", one.view, views, { "aria-label": say("hub.view_of_photo", { number: at }) });
    view.addEventListener("change", () => (one.view = view.value));
    const leave = () => {
      URL.revokeObjectURL(one.src);
      this.draft = this.draft.filter((other) => other !== one);
      this.#fill();
    };
    const name = say("hub.remove_photo", { number: at });
    return element(
      "figure",
      {},
      element("img", { src: one.src, alt: say("hub.photo_of_draft", { number: at }) }),
      element("figcaption", {}, view, element("button", { class: "button small", type: "button", "aria-label": name, onclick: leave }, say("hub.remove"))),
    );
  }

  #cancel() {
    for (const { src } of this.draft ?? []) URL.revokeObjectURL(src);
    this.draft = null;
    this.#fill();
  }

  async #save() {
    const body = new FormData();
    body.append("context", JSON.stringify({ views: this.draft.map(({ view }) => view || null) }));
    for (const { blob } of this.draft) body.append("photo", blob, "photo.jpg");
    this.page.say(say("hub.being_looked_at"));
    const path = `/v1/designs/${this.design.id}/approved`;
    const done = await this.page.attempt(() => this.api.ask(path, { method: "PUT", body }));
    if (!done) return;
    this.#cancel();
    await this.changed();
    this.page.say(say("hub.photos_stand"));
  }
}
