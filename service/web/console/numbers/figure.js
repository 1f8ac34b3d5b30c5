// A figure: a title, a chart that the service drew, its definition in plain words, its table, its file.

import { element } from "../../shared/dom.js";
import { language, say } from "../../shared/words.js";

/** A table that may be wider than its page: moved sideways by itself, with keys, too. */
export const wide = (label, table) => element("div", { class: "wide", tabindex: 0, role: "group", "aria-label": label }, table);

/** What a chart is drawn for. */
export function screenOf() {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return { theme, narrow: matchMedia("(max-width: 640px)").matches };
}

export class Figure {
  /** @param {{name: string, title: string, define: string[], path: (what: string, more?: object) => string}} about */
  constructor(api, failed, about) {
    Object.assign(this, { api, failed, ...about });
  }

  /** @param {{chart?: boolean|string, choice?: Element, open?: boolean}} how whether there is a chart, or its SVG; the table open */
  show(table, { chart = false, choice = null, open = false } = {}) {
    this.trouble = element("p", { class: "notice", role: "alert", hidden: true });
    const words = element("div", { class: "define" }, this.define.map((line) => element("p", {}, line)));
    const details = element("details", { open: open || !chart }, element("summary", {}, say("hub.numbers.table")), wide(this.title, table));
    return element(
      "section",
      { class: "figure", "data-figure": this.name, "aria-label": this.title },
      element("div", { class: "figure-head" }, element("h3", {}, this.title), choice, this.#csv()),
      this.trouble,
      element("div", { class: "figure-body" }, chart && this.#chart(chart), words),
      details,
    );
  }

  /** Drawn by the service in the colours of this screen; what it shows stands in the table, too. */
  #chart(drawn) {
    const { theme, narrow } = screenOf();
    const alt = say("hub.numbers.chart", { title: this.title });
    const image = element("img", { class: "chart", alt, width: narrow ? 346 : 576, height: narrow ? 245 : 288 });
    if (typeof drawn === "string") {
      image.src = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
      return image;
    }
    this.api
      .photo(this.path("/chart.svg", { theme, narrow, language: language() }))
      .then((url) => (image.src = url))
      .catch((error) => this.#tell(error));
    return image;
  }

  #csv() {
    const onclick = async () => {
      try {
        const answer = await this.api.ask(this.path("", { format: "csv" }));
        const url = URL.createObjectURL(await answer.blob());
        element("a", { href: url, download: `${this.name}.csv` }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
      } catch (error) {
        this.#tell(error);
      }
    };
    return element("button", { class: "button small csv", type: "button", onclick }, say("hub.numbers.csv"));
  }

  #tell(error) {
    this.trouble.textContent = this.failed(error);
    this.trouble.hidden = false;
  }
}
