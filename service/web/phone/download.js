// Everything of the workshop's as one file: the browser downloads it by itself, and begins again where it broke off.

import { element } from "../shared/dom.js";
import { holderOf } from "./wire.js";

export class Download {
  state = null; // busy, failed

  constructor(store, api, onChange) {
    Object.assign(this, { store, api, onChange });
  }

  begin = async () => {
    await this.#told("busy");
    try {
      const holder = await holderOf(this.store, this.api);
      const of = encodeURIComponent(holder.me.microfactory);
      const { url } = await (await holder.line.ask(`/v1/microfactories/${of}/archive-link`, { method: "POST" })).json();
      element("a", { href: url, download: "" }).click(); // a refusal is a failed download, and no other page
      await this.#told(null);
    } catch (error) {
      if (!error.passing) console.error(error);
      await this.#told("failed");
    }
  };

  #told(state) {
    this.state = state;
    return this.onChange();
  }
}
