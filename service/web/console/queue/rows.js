// The list of pieces that wait: a row each, with a small photo once it is in sight.

import { element, find } from "../../shared/dom.js";
import { say, sayTime } from "../../shared/words.js";
import { waitingAppeal } from "../piece/appeal.js";
import { flaggedFor } from "../piece/panel.js";
import { kindWords } from "./filters.js";

export class Rows {
  /** @param {{design: (piece: object) => string, workshop: (piece: object) => string}} names */
  constructor(api, names, go) {
    Object.assign(this, { api, names, go });
    this.thumbs = new IntersectionObserver((seen) => this.#fillThumbs(seen), { root: find("#queue") });
  }

  fill(pieces) {
    this.thumbs.disconnect();
    const rows = pieces.map((piece, at) => element("li", {}, this.#row(piece, at)));
    const none = element("li", { class: "quiet" }, say("hub.nothing_waits"));
    find("#queue-list").replaceChildren(...(rows.length ? rows : [none]));
  }

  /** The row of the piece in view stands out, and is in sight. */
  mark(id) {
    for (const row of document.querySelectorAll(".waiting")) {
      const here = row.dataset.id === id;
      row.setAttribute("aria-current", String(here));
      if (here) row.scrollIntoView({ block: "nearest" });
    }
  }

  #row(inspection, at) {
    const contested = waitingAppeal(inspection);
    const held = inspection.waits?.held;
    const thumb = element("span", { class: "no-thumb" });
    thumb.dataset.url = inspection.waits?.thumb_url ?? inspection.photos[0].photo_url;
    this.thumbs.observe(thumb);
    const row = element(
      "button",
      { class: contested ? "waiting contested" : "waiting", type: "button", onclick: () => this.go(at) },
      thumb,
      element(
        "span",
        { class: "text" },
        element("strong", {}, this.names.design(inspection)),
        element("small", {}, this.names.workshop(inspection)),
        ...kindWords(inspection.waits?.kinds ?? []).map((words) => element("span", { class: "contested-mark" }, words)),
        held && !held.mine && element("span", { class: "held-mark" }, say("hub.has_it_open", { name: held.by })),
        element("small", {}, `${flaggedFor(inspection)} · ${sayTime(inspection.received_at)}`),
      ),
    );
    row.dataset.id = inspection.id;
    return row;
  }

  async #fillThumbs(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.thumbs.unobserve(target);
      const src = await this.api.photo(target.dataset.url).catch(() => null); // the large photo says why
      if (src) target.replaceWith(element("img", { src, alt: "" }));
    }
  }
}
