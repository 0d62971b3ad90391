import { exitStatus } from './exit-status';

/** One press of Ctrl-C can arrive twice, from the terminal and from a parent that passes it on. */
const SAME_PRESS_MS = 500;

/**
 * A signal that ends with the first interrupt (SIGINT, SIGTERM, SIGHUP), so that what runs can tidy up. A later one ends
 * the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first: number | null = null;
  const listener = () => {
    const now = performance.now();
    if (first !== null && now - first > SAME_PRESS_MS) process.exit(exitStatus.interrupted);
    first ??= now;
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, listener);
  return controller.signal;
}
