// One page at a time: two tabs of the app must not send the same photo side by side.

const LEASE_MS = 20_000;

/**
 * Do the work if no other page does it now.
 * @returns {Promise<boolean>} was it this page's turn?
 */
export async function onlyHere(name, store, work) {
  if (navigator.locks) {
    return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
  }
  return withLease(name, store, work);
}

/** Where there are no locks (plain http in a local network, Firefox before 96): a note that runs out by itself. */
async function withLease(name, store, work) {
  const holder = String(Math.random());
  if (!(await take(name, store, holder))) return false;
  const renewing = setInterval(() => take(name, store, holder), LEASE_MS / 4);
  try {
    await work();
  } finally {
    clearInterval(renewing);
    await store.change(["facts"], async (tx) => {
      if ((await tx.get("facts", name))?.holder === holder) await tx.remove("facts", name);
    });
  }
  return true;
}

function take(name, store, holder) {
  return store.change(["facts"], async (tx) => {
    const held = await tx.get("facts", name);
    const left = (held?.until ?? 0) - Date.now();
    // More than a whole lease left: the phone's clock was set back meanwhile.
    if (held && held.holder !== holder && left > 0 && left <= LEASE_MS) return false;
    await tx.put("facts", { holder, until: Date.now() + LEASE_MS }, name);
    return true;
  });
}
