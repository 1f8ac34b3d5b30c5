// Pages that are loaded once they are asked for: before that they cost no data. Each is a module of later/ with
// fill(container, state, actions), and gather(ways, id), which adds to the state.

import { element } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { backButton } from "./orders.js";

const NAMES = ["action", "progress"];

export const laterFills = Object.fromEntries(
  NAMES.map((name) => [
    name,
    (container, state, actions) => {
      if (state.page) return state.page.fill(container, state, actions);
      const back = element("div", { class: "actions" }, backButton(actions));
      return container.replaceChildren(element("p", { class: "card" }, say("no_network")), back);
    },
  ]),
);

/** They are opened soon: from now on they are there with no network, too. */
export function keepLater() {
  navigator.serviceWorker?.ready.then(({ active }) => active.postMessage("later"));
}

/** What such a page adds to the state; nothing on any other, or where it does not come. */
export async function gatherLater({ screen, id }, ways) {
  if (!NAMES.includes(screen)) return {};
  keepLater();
  const page = await import(`./later/${screen}.js`).catch(() => null); // no network, and never seen before
  return page ? { page, ...(await page.gather(ways, id)) } : {};
}
