// The service worker: the app's files from the phone itself, so that it opens with no network.
//
// service/pages.py serves this behind VERSION and FILES, {url: 16 digits of the SHA-256 of its bytes}; both change with any file.
// A new version is fetched beside the old one and waits until the person takes it (message "take-over"): what a
// page has begun to load comes from one version alone. Photos and the queue lie in IndexedDB, untouched by this.

/* global VERSION, FILES */

const PREFIX = "ubora-app-";
const CACHE = PREFIX + VERSION;

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));

self.addEventListener("activate", (event) => event.waitUntil(dropOthers().then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const hash = FILES[url.pathname];
  if (hash) event.respondWith(kept(url.pathname, hash));
});

async function kept(path, hash) {
  const cache = await caches.open(CACHE);
  return (await cache.match(keyOf(path, hash))) ?? fetch(path); // a browser may have thrown the file away
}

/** One after another: a line that breaks in the middle keeps what came, and the next try goes on from there. */
async function fetchAll() {
  const cache = await caches.open(CACHE);
  for (const [path, hash] of Object.entries(FILES)) {
    const key = keyOf(path, hash);
    if (await cache.match(key)) continue;
    // A file that did not change comes from the version before: an update costs what changed, no more.
    const known = await caches.match(key);
    await cache.put(key, known ?? (await fetched(path, hash)));
  }
}

/** What the page has just loaded is taken from the browser's own cache, if it is what FILES says. */
async function fetched(path, hash) {
  for (const cache of ["force-cache", "reload"]) {
    const answer = await fetch(path, { cache, credentials: "omit" });
    if (answer.ok && (await sha256(await answer.clone().arrayBuffer())) === hash) return answer;
  }
  throw new Error(`${path} is not of version ${VERSION}`); // the hub has a newer one; the browser will ask again
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const keyOf = (path, hash) => `${path}?sha256=${hash}`;

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}
