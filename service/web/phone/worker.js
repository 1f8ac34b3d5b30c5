// The service worker: the app's files from the phone itself, so that it opens with no network.
//
// service/http/pages.py serves this behind VERSION and FILES, {url: 16 digits of the SHA-256 of its bytes}; both change with any file.
// A new version is fetched beside the old one and waits until the person takes it: what a page has begun to load
// comes from one version alone. Photos and the queue lie in IndexedDB, untouched by this.
//
// To take a version is to note its files in a cache of their own; whichever worker is asked answers with those.
// Its worker becomes the active one when all pages are closed. skipWaiting would be shorter, but a browser may let
// the old worker live for minutes, and a page that loads while one follows the other may miss both.

/* global VERSION, FILES */

const PREFIX = "ubora-app-";
const CACHE = PREFIX + VERSION;
const TAKEN = PREFIX + "taken";
const APP = /^\/(phone|shared)\//;
const LATER = "/phone/later/"; // kept once a page asks for any of it, and with each version from then on

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));

self.addEventListener("activate", (event) => event.waitUntil(dropOthers().then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "newer?") event.waitUntil(tellIfNewer(event.source));
  if (event.data === "take") event.waitUntil(take(event.source));
  if (event.data === "later") event.waitUntil(keepLater());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (APP.test(url.pathname)) event.respondWith(kept(request, url.pathname));
});

const taken = () => caches.match(TAKEN, { cacheName: TAKEN });

async function tellIfNewer(page) {
  const its = await (await taken())?.text();
  if (its !== JSON.stringify(FILES)) page.postMessage("newer");
}

async function take(page) {
  const cache = await caches.open(TAKEN);
  await cache.put(TAKEN, new Response(JSON.stringify(FILES)));
  page.postMessage("taken");
}

async function kept(request, path) {
  const hash = ((await (await taken())?.json()) ?? FILES)[path];
  const found = hash && (await caches.match(keyOf(path, hash)));
  return found ?? fetch(request); // not of the app, or a browser has thrown the file away
}

/** Of the version that was taken. What does not come now is asked for again. */
async function keepLater() {
  const files = (await (await taken())?.json()) ?? FILES;
  const cache = await caches.open(CACHE);
  for (const [path, hash] of Object.entries(files)) {
    const key = keyOf(path, hash);
    if (!path.startsWith(LATER) || (await caches.match(key))) continue;
    const answer = await fetched(path, hash).catch(() => null);
    if (answer) await cache.put(key, answer);
  }
}

/** One after another: a line that breaks in the middle keeps what came, and the next try goes on from there. */
async function fetchAll() {
  const cache = await caches.open(CACHE);
  for (const [path, hash] of Object.entries(FILES)) {
    const key = keyOf(path, hash);
    if (await cache.match(key)) continue;
    if (path.startsWith(LATER) && !(await caches.match(path, { ignoreSearch: true }))) continue;
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
