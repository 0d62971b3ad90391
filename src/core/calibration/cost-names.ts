import { quantFamilies, type QuantFamily } from '../plan/speed/schema';
import type { DecodeTerms, PrefillTerms, Read, Work } from '../plan/speed/schema';
import type { Amounts } from './schema';

/** Seconds of one byte read: `read host weights k`. */
export function readCost({ device, kind, family }: Pick<Read, 'device' | 'kind' | 'family'>): string {
  return `read ${device} ${kind} ${family}`;
}

/** Work whose operations cost alike. */
export type WorkKind = Pick<Work, 'device' | 'kind' | 'family'>;

/** Seconds of one operation of a prompt: `work host weights k`. */
export function workCost({ device, kind, family }: WorkKind): string {
  return `work ${device} ${kind} ${family}`;
}

/** What `workCost` names; null for any other cost. */
export function workNamed(name: string): WorkKind | null {
  const [verb, device, kind, family] = name.split(' ');
  if (verb !== 'work' || device === undefined || !isFamily(family)) return null;
  return kind === 'weights' || kind === 'attention' ? { device, kind, family } : null;
}

/** Whether a word of a cost's name is a family of types. */
export function isFamily(word: string | undefined): word is QuantFamily {
  return quantFamilies.includes(word as QuantFamily);
}

/** Seconds of one byte copied to a device: `copy gpu0`. */
export function copyCost(device: string): string {
  return `copy ${device}`;
}

/** Costs that are counted, not weighed: one wait for the other side, one hop, one block, one token. */
export const countedCosts = { roundTrip: 'round-trip', hop: 'hop', block: 'block', token: 'token' } as const;

/** What one decoded token takes. `blocks` of the model. */
export function decodeAmounts(terms: DecodeTerms, blocks: number): Amounts {
  const amounts: Record<string, number> = { [countedCosts.token]: 1, [countedCosts.block]: blocks };
  if (terms.round_trips > 0) amounts[countedCosts.roundTrip] = terms.round_trips;
  if (terms.hops > 0) amounts[countedCosts.hop] = terms.hops;
  for (const read of terms.reads) {
    if (read.bytes > 0) amounts[readCost(read)] = (amounts[readCost(read)] ?? 0) + read.bytes;
  }
  return amounts;
}

/** What one token of a prompt takes, as a share of its micro-batch; weights are read meanwhile and cost nothing of their own. */
export function prefillAmounts(terms: PrefillTerms): Amounts {
  const amounts: Record<string, number> = {};
  const add = (name: string, amount: number): void => {
    if (amount > 0) amounts[name] = (amounts[name] ?? 0) + amount / terms.tokens;
  };
  for (const work of terms.work) add(workCost(work), work.operations);
  for (const { device, bytes } of terms.copies) add(copyCost(device), bytes);
  return amounts;
}
