/** Where the counters that a crew and its readers share lie. */
export const ARRIVED = 0;
export const ROUND = 1;
const STOPPING = 2;
const INSIDE = 3;
export const COUNTERS_BYTES = 16;

/** How often the crew looks, and how long it waits for a native call to come back. */
const LOOK_MS = 2;
const PATIENCE_MS = 2000;

/**
 * Runs native code that must not be cut off: a worker that is terminated while koffi loads or is called takes the whole
 * process with it, as Node-API cannot throw in a dying thread. Null where the crew is being dismissed.
 */
export function runNative<Result>(counters: Int32Array, run: () => Result): Result | null {
  // Said before asked: whoever dismisses asks in the other order, so one of the two sees the other.
  Atomics.add(counters, INSIDE, 1);
  try {
    return Atomics.load(counters, STOPPING) === 0 ? run() : null;
  } finally {
    Atomics.sub(counters, INSIDE, 1);
  }
}

/** Lets no reader begin native code and waits for those that have; false where one does not come back. */
export async function stopNative(counters: Int32Array): Promise<boolean> {
  Atomics.store(counters, STOPPING, 1);
  for (let waited = 0; Atomics.load(counters, INSIDE) > 0; waited += LOOK_MS) {
    if (waited >= PATIENCE_MS) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  return true;
}
