// Which screen is in sight. The back key leads to the one before; a change draws again what is in sight, and no more.
//
// A screen is fill(container, state, actions) and a <section id="screen-…">; plain parts of the page ("wait", "enter")
// are only shown.

import { find } from "../shared/dom.js";

const PLAIN = ["wait", "trouble", "enter"];

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
