/**
 * What is asked for while one block is computed, the same for every block that asks for the same, as numbers in a row: those of `STEP_*`, then
 * the slots that are still taken when it ends, then three numbers for each weight that is copied, then events. Slots are told by their
 * place in the list of those that are taken when it begins, oldest first, and behind them those that it takes itself. Thousands of
 * steps are looked at for each question, most of which lie in no cache of the processor: so they are short, and in one piece.
 */

/** Slots that are taken when it begins, and at most while it lasts. */
export const STEP_BEGINS = 0;
export const STEP_MOST = 1;
/** Slots that are still taken when it ends. */
export const STEP_LEFT = 2;
export const STEP_WEIGHTS = 3;
/** Of the weights, how many blocks before this one the farthest are of. */
export const STEP_OLDEST = 4;
/** Whether it is asked for more than once, so that it pays to remember what it leaves. */
export const STEP_REPEATED = 5;
export const STEP_EVENTS = 6;
export const STEP_HEAD = 7;

/** Of a weight: how many blocks before this one it is of; which of that block's tensors, or where it belongs to none, of the names. */
export const WEIGHT_BEFORE = 0;
export const WEIGHT_ORDINAL = 1;
export const WEIGHT_OUTSIDE = 2;
export const WEIGHT_NUMBERS = 3;

/** What happens to a slot: its memory is taken, given back, or taken and at once given back. */
export const TAKE = 0;
export const GIVE = 1;
export const TOUCH = 2;

/** Sizes that an event can have: of forms below `WEIGHTS`, of copies of weights from there on. */
export const WEIGHTS = 4096;
const MOST_SIZES = 2 * WEIGHTS;
const MOST_SLOTS = 4096;

/** What happens to a slot on a backend, as one number: from bit 20 on, 0 and 1, 2 to 6, and in 7 to 19 the size. */
export function eventOf(slot: number, what: number, backend: number, size: number): number {
  return (slot << 20) | (size << 7) | (backend << 2) | what;
}

/** Whether an event has room for a slot and a size. */
export function fitsEvent(slot: number, size: number): boolean {
  return slot < MOST_SLOTS && size < MOST_SIZES;
}

export function whatOf(event: number): number {
  return event & 3;
}

export function backendOf(event: number): number {
  return (event >> 2) & 31;
}

export function sizeOf(event: number): number {
  return (event >> 7) & (MOST_SIZES - 1);
}

export function slotOf(event: number): number {
  return event >>> 20;
}
