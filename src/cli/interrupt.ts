import { exitStatus } from './exit-status';

/** One press of Ctrl-C can arrive twice, from the terminal and from a parent that passes it on. */
const SAME_PRESS_MS = 500;

/**
 * A signal that ends with the first interrupt (SIGINT, SIGTERM, SIGHUP), so that what runs can tidy up. A later one ends
 * the process at once.
 */
export function onInterrupt(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  let first: number | null = null;
  const listener = () => {
    const now = performance.now();
    if (first !== null && now - first > SAME_PRESS_MS) process.exit(exitStatus.interrupted);
    first ??= now;
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    forget: () => signals.forEach((name) => void process.off(name, listener)),
  };
}
