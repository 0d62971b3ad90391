import type { Bytes } from '../units';

/** A limit of a process: a number of bytes, none at all, or not to be read. */
export type Limit =
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'unknown' };

const LOCKED_MEMORY = /^Max locked memory\s+(unlimited|\d{1,20})\s+(?:unlimited|\d{1,20})\s+bytes\s*$/m;
/** `capability.h`: CAP_IPC_LOCK. Its holder may lock memory beyond the limit. */
const CAP_IPC_LOCK = 14n;

/** The soft limit on locked memory in `/proc/self/limits`, which is what mlock obeys. */
export function parseMemlock(limits: string): Limit {
  const soft = LOCKED_MEMORY.exec(limits)?.[1];
  if (soft === undefined) return { kind: 'unknown' };
  return soft === 'unlimited' ? { kind: 'unlimited' } : { kind: 'bytes', bytes: Number(soft) };
}

/** Whether `/proc/self/status` grants CAP_IPC_LOCK, so that the limit on locked memory does not bind; null where it does not say. */
export function mayLockBeyondLimit(status: string): boolean | null {
  const effective = /^CapEff:\s+([0-9a-f]{1,16})$/m.exec(status)?.[1];
  if (effective === undefined) return null;
  return ((BigInt(`0x${effective}`) >> CAP_IPC_LOCK) & 1n) === 1n;
}
