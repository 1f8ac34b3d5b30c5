// The bearer token: out of the link's fragment (#token=…, never sent to a server), then out of sight.

export class Token {
  /** @param {Storage} storage localStorage on her phone, sessionStorage on a shared laptop */
  constructor(storage, name) {
    this.storage = storage;
    this.name = name;
  }

  get() {
    return this.storage.getItem(this.name);
  }

  set(value) {
    // A header carries visible ASCII only; anything else would fail as if there were no network.
    this.storage.setItem(this.name, value.replace(/[^\x21-\x7e]/g, ""));
  }

  forget() {
    this.storage.removeItem(this.name);
  }

  /** Take a token out of the address bar; true when there was one. */
  takeFromLink() {
    const value = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!value) return false;
    this.set(value);
    history.replaceState(history.state, "", location.pathname + location.search);
    return true;
  }
}

/** What a person pasted: the bare token, or the whole link. */
export function readPasted(text) {
  const link = text.match(/#.*\btoken=([^&\s]+)/);
  return link ? decoded(link[1]) : text.trim();
}

/** A part of a link without its escapes; as it stands where they are broken, as in half a link. */
export function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A UUID v4; crypto.randomUUID is missing on plain http in a local network. */
export function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
