// The hub's console: who may enter, and which of its views is open.

import { NoNetwork, Problem } from "../shared/api.js";
import { find } from "../shared/dom.js";
import { readPasted, Token } from "../shared/token.js";
import { fillWords, languageIsChecked, loadWords, say } from "../shared/words.js";
import { offerLanguage } from "./language.js";
import { StaffApi } from "./staff_api.js";
import { Views } from "./views.js";

const token = new Token(sessionStorage, "ubora.staff-token");
const api = new StaffApi(token, { photosKept: 120 });

/** What the views look up: who is here, workshops and designs by id, what an empty hub lacks, the network's classes. */
const house = { me: null, workshops: new Map(), designs: new Map(), firstSteps: null, defects: [], severities: [] };

/** An error in words; a session or token that is over leads to the door, with every draft kept. */
function failed(error) {
  if (error instanceof NoNetwork) return say("hub.no_answer");
  if (!(error instanceof Problem)) {
    console.error(error);
    return say("hub.page_fault", { why: error.message });
  }
  if (error.status === 401) {
    api.forget();
    showEnter(say("hub.not_logged_in"));
  }
  return error.title && error.title !== error.message ? `${error.title}: ${error.message}` : error.message;
}

function showEnter(refused = "") {
  views.hide();
  find("#leave").hidden = true;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  find("#who").textContent = "";
  find("#enter").hidden = false;
  find("#enter-refused").hidden = !refused;
  find("#enter-refused").textContent = refused;
  find(find("#name").value ? "#password" : "#name").focus();
}

const refused = () => say("hub.token_refused");
const byId = (list) => new Map(list.items.map((item) => [item.id, item]));

/**
 * @param {string} whenNobody what to say at the door where nobody is logged in; nothing at a first visit
 */
async function start(whenNobody = "") {
  const held = token.get();
  try {
    const me = await api.whoIsHere();
    if (me.role === "artisan") {
      token.forget();
      return showEnter(say("hub.token_of_workshop"));
    }
    if (house.me && house.me.label !== me.label) return location.reload(); // drafts are not for the next person
    const [workshops, designs, firstSteps, release] = await Promise.all([
      api.list("/v1/microfactories"),
      api.list("/v1/designs"),
      api.get("/v1/first-steps"),
      api.get("/v1/release").catch((error) => {
        if (error.status === 503) return { defects: [], severities: [] }; // no network is released yet
        throw error;
      }),
    ]);
    Object.assign(house, { me, workshops: byId(workshops), designs: byId(designs), firstSteps });
    Object.assign(house, { defects: release.defects, severities: release.severities });
    const role = say(`hub.role.${me.role}`, {}, me.role);
    find("#who").textContent = me.label ? `${me.label} · ${role}` : role;
    find("#who").title = find("#who").textContent; // a long name may be cut off beside the menu
  } catch (error) {
    if (token.get() !== held) return; // she came in by a link meanwhile; what was refused was asked before
    if (error.status === 401) {
      api.forget();
      return showEnter(whenNobody);
    }
    return showEnter(failed(error));
  }
  find("#enter").hidden = true;
  find("#leave").hidden = false;
  return views.show();
}

/** A refused log-in says only what the service says: not whether the name or the password was wrong. */
async function logIn(name, password) {
  try {
    await api.logIn(name, password);
  } catch (error) {
    return showEnter(error.status === 401 ? error.title : failed(error));
  }
  return start(say("hub.login_not_kept"));
}

find("#log-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const password = find("#password").value;
  find("#password").value = "";
  logIn(find("#name").value, password);
});
find("#by-token").addEventListener("submit", (event) => {
  event.preventDefault();
  token.set(readPasted(find("#enter-token").value));
  find("#enter-token").value = "";
  start(refused());
});
find("#leave").addEventListener("click", async () => {
  try {
    await api.logOut();
  } catch (error) {
    if (error.status !== 401) return window.alert(say("hub.still_logged_in", { why: failed(error) }));
  }
  return location.reload(); // nothing of the last person stays in memory
});
addEventListener("hashchange", () => {
  if (token.takeFromLink()) start(refused());
  else if (!find("#views").hidden) views.show();
});

const came = token.takeFromLink() || token.get() !== null;
await loadWords(new URL("words.json", import.meta.url), new URL("../phone/later/words.json", import.meta.url));
document.title = say("hub.title");
fillWords();
find("#draft").hidden = languageIsChecked();
const views = new Views(api, house, failed);
offerLanguage(find("#language"), () => views.begun);
await start(came ? refused() : "");
