// Which screen is in sight. The back key leads to the one before; a change draws again what is in sight, and no more.
//
// A screen is fill(container, state, actions) and a <section id="screen-…">; plain parts of the page ("wait", "enter")
// are only shown.

import { element, find } from "../shared/dom.js";
import { say } from "../shared/words.js";

const PLAIN = ["wait", "trouble", "enter"];
// Modules of later/, which cost no data before they are asked for: fill as here, and gather(ways, id) for the state.
const LATER = ["action", "progress"];

/** They are opened soon: from now on they are there with no network, too. */
export function keepLater() {
  navigator.serviceWorker?.ready.then(({ active }) => active.postMessage("later"));
}

/** What such a page adds to the state; nothing where it does not come. */
export async function gatherLater({ screen, id }, ways) {
  if (!LATER.includes(screen)) return {};
  keepLater();
  const page = await import(`./later/${screen}.js`).catch(() => null); // no network, and never seen before
  return page ? { page, ...(await page.gather(ways, id)) } : {};
}

export class Screens {
  sight = { screen: "wait", id: null };
  state = null;
  #drawing = null;
  #stale = false;
  #held = false; // something in the screen must not be disturbed: a voice is being recorded

  /**
   * @param {Record<string, (container, state, actions) => void>} fills
   * @param {(sight) => Promise<object>} gather  the state for what is in sight
   * @param {(state) => void} frame  draws what stands around every screen
   */
  constructor(fills, { gather, frame }) {
    for (const name of LATER) fills[name] = (...shown) => (this.state.page?.fill ?? this.#lost)(...shown);
    Object.assign(this, { fills, gather, frame, actions: {} });
    addEventListener("popstate", (event) => this.onBack(event.state ?? { screen: "home", id: null }));
  }

  onBack = ({ screen, id }) => this.show(screen, id);

  back = () => (history.state ? history.back() : this.show("home"));

  go = (screen, id = null, { replace = false } = {}) => {
    if (screen === this.sight.screen && id === this.sight.id) return this.redraw();
    history[replace ? "replaceState" : "pushState"]({ screen, id }, "");
    return this.show(screen, id);
  };

  show(screen, id = null) {
    this.sight = { screen, id };
    this.#held = false;
    return this.redraw().then(() => {
      if (this.sight.screen !== screen || this.sight.id !== id) return;
      for (const name of PLAIN) find(`#${name}`).hidden = name !== screen;
      for (const name of Object.keys(this.fills)) {
        const section = find(`#screen-${name}`);
        section.hidden = name !== screen;
        if (section.hidden && !section.dataset.drawn) section.replaceChildren(); // no two buttons of one id
      }
      scrollTo(0, 0);
    });
  }

  #lost = (container) => {
    const onclick = this.back;
    container.replaceChildren(element("p", { class: "card" }, say("no_network")), element("button", { class: "button", type: "button", onclick }, say("back")));
  };

  hold = (on) => {
    this.#held = on;
    if (!on) this.redraw();
  };

  /** As often as it is asked for, but never twice side by side. */
  redraw = () => {
    if (this.#drawing) this.#stale = true;
    else this.#drawing = this.#drawn();
    return this.#drawing;
  };

  async #drawn() {
    try {
      do {
        this.#stale = false;
        this.state = await this.gather(this.sight);
        this.#draw();
      } while (this.#stale);
    } finally {
      this.#drawing = null;
    }
  }

  #draw() {
    const { screen } = this.sight;
    this.frame(this.state);
    if (this.#held || !this.fills[screen]) return;
    const container = find(`#screen-${screen}`);
    const focused = container.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.dataset.key ? `[data-key="${focused.dataset.key}"]` : focused?.id && `#${focused.id}`;
    this.fills[screen](container, this.state, this.actions);
    if (key && !focused.isConnected) find(key, container)?.focus();
  }
}
