// A newer version of the app: fetched by the service worker beside this one, told, and used when the person says so.

const LOOK_AFTER_MS = 60 * 60_000;

/** @param {(take: () => void) => void} onThere  `take` uses it: the page loads again, the queue stays where it is */
export async function watchForUpdate(onThere) {
  if (!navigator.serviceWorker) return; // plain http in a local network: the app works, but only with the network
  let registration;
  try {
    registration = await navigator.serviceWorker.register("worker.js", { updateViaCache: "none" });
  } catch {
    return; // no network at the very first visit, or a browser that forbids it; the next load tries again
  }
  const take = () => (registration.waiting ? registration.waiting.postMessage("take") : location.reload());
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "newer") onThere(take);
    if (data === "taken") location.reload();
  });
  const ask = () => registration.active && registration.waiting?.postMessage("newer?");
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", ask));
  ask();
  let looked = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || performance.now() - looked < LOOK_AFTER_MS) return;
    looked = performance.now();
    registration.update().catch(() => {});
  });
}
