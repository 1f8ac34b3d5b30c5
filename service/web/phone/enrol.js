// How a phone becomes a workshop's: a code from the hub, in a link or typed, for a token that can be taken back.

import { decoded, newUuid, readPasted } from "../shared/token.js";

const PHONE = "ubora.phone";
const CODE = "ubora.code";

let traded = null; // a link that is opened twice would make a second token, and the first is in use

/** A UUID of this phone's own: with it a lost answer to its code may be asked for again. */
function phoneId() {
  const known = localStorage.getItem(PHONE);
  if (known) return known;
  const made = newUuid();
  localStorage.setItem(PHONE, made);
  return made;
}

/** The first letters of that: they tell the marks of this phone's pieces from those of another. */
export const phoneTag = () => phoneId().slice(0, 3);

/** Take #enrol=… out of the address bar; kept until the hub has answered, for there may be no network now. */
export function codeFromLink() {
  const code = new URLSearchParams(location.hash.slice(1)).get("enrol");
  if (code) {
    if (code !== traded) localStorage.setItem(CODE, code);
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return localStorage.getItem(CODE);
}

/** What a person typed or pasted: a code, a link with one, a token, or a link with that. */
export function readTyped(text) {
  const link = text.match(/#.*\benrol=([^&\s]+)/);
  if (link) return { code: decoded(link[1]) };
  const pasted = readPasted(text);
  return pasted.startsWith("ub_") ? { token: pasted } : { code: pasted };
}

/**
 * Trade the code for a token; the token before is used until then.
 * @returns {Promise<string>} the microfactory
 * @throws Problem 404 the code is unknown, used or too old; NoNetwork
 */
export async function enrol(api, code) {
  localStorage.setItem(CODE, code);
  try {
    const body = JSON.stringify({ code, phone: phoneId() });
    const headers = { "Content-Type": "application/json" };
    const answer = await api.ask("/v1/enrol", { method: "POST", headers, body });
    const { token, microfactory } = await answer.json();
    api.token.set(token);
    traded = code;
    localStorage.removeItem(CODE);
    return microfactory;
  } catch (error) {
    if (error.status && !error.passing) localStorage.removeItem(CODE);
    throw error;
  }
}
