import type { Bytes } from '../../../units';

/** Alignment of CUDA's buffers in bytes; the host's is smaller, by less than a KiB a tensor. */
export const ALIGNMENT = 128;

/** Memory is counted in such units, or in twice as large ones where there are more than fit a list. */
export type Unit = Bytes;

/** Padded bytes in units. */
export function unitsOf(bytes: Bytes, unit: Unit): number {
  return Math.ceil(bytes / unit);
}

/** More units than any memory has: 256 GiB of the smallest. */
const ENDLESS = 2 ** 31 - 1;

/** Whether there are more units than a list can tell apart. */
export function tooMany(units: number): boolean {
  return units >= ENDLESS;
}

/** How many units of each backend were in use at most; null where a slot alone is too many. */
export type Attempt = (unit: Unit) => readonly number[] | null;

/**
 * Bytes of each backend's buffer. What is above 256 GiB is counted in coarser units, a slot by up to so much too high: less than a
 * millionth of the whole.
 */
export function inUnits(attempt: Attempt): Bytes[] {
  for (let unit = ALIGNMENT; ; unit *= 2) {
    const sizes = attempt(unit);
    if (sizes !== null && !sizes.some(tooMany)) return sizes.map((size) => size * unit);
  }
}

/** `ggml_dyn_tallocr`: free blocks by address, the last one without end; in units. Where `size` reaches `ENDLESS` nothing of it holds. */
export class FreeList {
  /** The most that was in use at once, gaps included. */
  size = 0;
  private count = 1;
  /** Where each free block begins and ends. */
  private bounds = new Int32Array(128);
  /** Whether a slot of nothing was given back amid what is taken or free, so that a block of nothing may be listed. */
  private isOdd = false;

  constructor() {
    this.reset();
  }

  /** Makes everything free again. */
  reset(): void {
    this.size = 0;
    this.count = 1;
    this.isOdd = false;
    this.bounds[0] = 0;
    this.bounds[1] = ENDLESS;
  }

  /** Takes memory where it fits best among the free blocks but the last, of equal ones in the last, and says where. */
  take(units: number): number {
    const { bounds, count } = this;
    const last = 2 * count - 2;
    let best = last;
    let spare = ENDLESS;
    for (let at = 0; at < last; at += 2) {
      // what is too small is, without its sign, more than anything
      const over = (bounds[at + 1]! - bounds[at]! - units) >>> 0;
      if (over <= spare) {
        best = at;
        spare = over;
      }
    }
    const offset = bounds[best]!;
    const end = offset + units;
    if (spare === 0) {
      remove(bounds, best, count);
      this.count = count - 1;
    } else bounds[best] = end;
    if (end > this.size) this.size = end;
    return offset;
  }

  /** Gives back what was taken there. */
  give(offset: number, units: number): void {
    const { bounds, count } = this;
    const end = offset + units;
    // all of them, in order: where slots of nothing were given back the blocks are not sorted
    let at = 0;
    while (at < 2 * count && bounds[at + 1] !== offset && bounds[at] !== end) at += 2;
    if (at === 2 * count) {
      this.insert(offset, end);
      return;
    }
    let merged = at;
    if (bounds[at + 1] === offset) bounds[at + 1] = end;
    else {
      bounds[at] = offset;
      merged = at - 2;
    }
    if (merged >= 0 && merged + 2 < 2 * count && bounds[merged + 1] === bounds[merged + 2]) {
      bounds[merged + 1] = bounds[merged + 3]!;
      remove(bounds, merged + 2, count);
      this.count = count - 1;
    }
  }

  /** Takes memory and at once gives it back, which can do no more than reach farther than anything before. */
  touch(units: number): void {
    if (units === 0 || this.isOdd) {
      this.give(this.take(units), units);
      return;
    }
    const { bounds, count } = this;
    const end = bounds[2 * count - 2]! + units;
    if (end > this.size && !fits(bounds, count, units)) this.size = end;
  }

  /** Numbers that a description takes. */
  get room(): number {
    return 1 + 2 * this.count;
  }

  /** Writes everything that what happens next depends on, and says where that ends. */
  describe(to: Int32Array, at: number): number {
    to[at] = this.count;
    const end = 2 * this.count;
    for (let index = 0; index < end; index++) to[at + 1 + index] = this.bounds[index]!;
    return at + 1 + end;
  }

  /** Makes everything as it was described from `at` on, and says where the description ends. */
  restore(from: Int32Array, at: number): number {
    this.count = from[at]!;
    const end = 2 * this.count;
    for (let index = 0; index < end; index++) this.bounds[index] = from[at + 1 + index]!;
    return at + 1 + end;
  }

  private insert(offset: number, end: number): void {
    const { count } = this;
    if (2 * count === this.bounds.length) this.grow();
    const { bounds } = this;
    if (offset === end) this.isOdd = true;
    let at = 0;
    while (at < 2 * count && bounds[at]! < offset) at += 2;
    for (let next = 2 * count + 1; next > at + 1; next--) bounds[next] = bounds[next - 2]!;
    bounds[at] = offset;
    bounds[at + 1] = end;
    this.count = count + 1;
  }

  private grow(): void {
    const { bounds } = this;
    this.bounds = new Int32Array(2 * bounds.length);
    this.bounds.set(bounds);
  }
}

/** Whether a block but the last is large enough. */
function fits(bounds: Int32Array, count: number, units: number): boolean {
  for (let at = 0; at < 2 * count - 2; at += 2) if (bounds[at + 1]! - bounds[at]! >= units) return true;
  return false;
}

function remove(bounds: Int32Array, at: number, count: number): void {
  for (let next = at; next < 2 * count - 2; next++) bounds[next] = bounds[next + 2]!;
}
