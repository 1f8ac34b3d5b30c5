// What is played in a demonstration or a simulation: its workshops are known by their codes.

import { find } from "../shared/dom.js";
import { say } from "../shared/words.js";

const isPlayed = (workshop) => workshop.startsWith("played-");

/** Said above a page that shows the network, where anything of it is played. */
export function tellPlayed({ workshops }, asked) {
  const count = [...workshops.keys()].filter(isPlayed).length;
  const real = workshops.size - count;
  find("#played").hidden = !asked || count === 0;
  find("#played").textContent = say(real > 0 ? "hub.played.some" : "hub.played.all", { count, real });
}
