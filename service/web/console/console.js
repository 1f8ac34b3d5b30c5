// The hub's console: who may enter, and which of its two views is open.

import { Api, NoNetwork, Problem } from "../shared/api.js";
import { find } from "../shared/dom.js";
import { readPasted, Token } from "../shared/token.js";
import { loadWords, useLanguage } from "../shared/words.js";
import { Flagged } from "./flagged.js";
import { Rates } from "./rates.js";

const token = new Token(sessionStorage, "ubora.staff-token");
const api = new Api(token, { photosKept: 120 });

/** What both views look up: workshops and designs by id, the network's classes. */
const house = { workshops: new Map(), designs: new Map(), defects: [], severities: [] };

const views = { flagged: new Flagged(api, house, failed), rates: new Rates(api, house, failed) };

/** An error in words; a refused token leads to the door, with every draft kept. */
function failed(error) {
  if (error instanceof NoNetwork) return "No answer: the network or the service is down.";
  if (!(error instanceof Problem)) {
    console.error(error);
    return `This page has a fault: ${error.message}`;
  }
  if (error.status === 401) {
    token.forget();
    showEnter("This token is not accepted any more. Enter a good one: what you had begun is still here.");
  }
  return error.title && error.title !== error.message ? `${error.title}: ${error.message}` : error.message;
}

function showEnter(refused = "") {
  for (const id of ["views", "leave", "flagged", "rates"]) find(`#${id}`).hidden = true;
  find("#who").textContent = "";
  find("#enter").hidden = false;
  find("#enter-refused").hidden = !refused;
  find("#enter-refused").textContent = refused;
  find("#enter-token").focus();
}

function showView() {
  const name = location.hash === "#rates" ? "rates" : "flagged";
  for (const id of Object.keys(views)) find(`#${id}`).hidden = id !== name;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  views[name].open();
}

const byId = (list) => new Map(list.items.map((item) => [item.id, item]));

async function start() {
  if (!token.get()) return showEnter();
  try {
    const me = await api.get("/v1/me");
    if (me.role === "artisan") {
      token.forget();
      return showEnter("This token belongs to a workshop. The console is for the hub's staff.");
    }
    const [workshops, designs, release] = await Promise.all([
      api.list("/v1/microfactories"),
      api.list("/v1/designs"),
      api.get("/v1/release").catch((error) => {
        if (error.status === 503) return { defects: [], severities: [] }; // no network is released yet
        throw error;
      }),
    ]);
    Object.assign(house, { workshops: byId(workshops), designs: byId(designs) });
    Object.assign(house, { defects: release.defects, severities: release.severities });
    find("#who").textContent = me.label ? `${me.label} · ${me.role}` : me.role;
  } catch (error) {
    const words = failed(error);
    return error.status === 401 ? undefined : showEnter(words);
  }
  find("#enter").hidden = true;
  find("#views").hidden = find("#leave").hidden = false;
  return showView();
}

find("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  token.set(readPasted(find("#enter-token").value));
  find("#enter-token").value = "";
  start();
});
find("#leave").addEventListener("click", () => {
  token.forget();
  location.reload(); // nothing of the last person stays in memory
});
addEventListener("hashchange", () => {
  if (token.takeFromLink()) start();
  else if (!find("#views").hidden) showView();
});

token.takeFromLink();
await loadWords();
useLanguage("en"); // the console speaks English only
await start();
