import type { Bytes } from '../../../units';

/** Alignment of CUDA's buffers; the host's is smaller, by less than a KiB a tensor. */
const ALIGNMENT = 128;

export function padded(bytes: Bytes): Bytes {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** `ggml_dyn_tallocr`: free blocks by address, the last one without end. */
export class FreeList {
  /** The most that was in use at once, gaps included. */
  size: Bytes = 0;
  count = 1;
  /** Where each free block begins and ends. */
  bounds = new Float64Array(128);
  /** Whether a slot of no bytes was given back amid what is taken or free, so that a block of no bytes may be listed. */
  isOdd = false;

  constructor() {
    this.reset();
  }

  /** Makes everything free again. */
  reset(): void {
    this.size = 0;
    this.count = 1;
    this.isOdd = false;
    this.bounds[0] = 0;
    this.bounds[1] = Number.POSITIVE_INFINITY;
  }

  /** Numbers that a description takes. */
  get room(): number {
    return 1 + 2 * this.count;
  }

  /** Writes everything that what happens next depends on, and says where that ends. */
  describe(to: Float64Array, at: number): number {
    to[at] = this.count;
    const end = 2 * this.count;
    for (let index = 0; index < end; index++) to[at + 1 + index] = this.bounds[index]!;
    return at + 1 + end;
  }

  /** Makes everything as it was described from `at` on, and says where the description ends. */
  restore(from: Float64Array, at: number): number {
    this.count = from[at]!;
    const end = 2 * this.count;
    for (let index = 0; index < end; index++) this.bounds[index] = from[at + 1 + index]!;
    return at + 1 + end;
  }

  grow(): Float64Array<ArrayBuffer> {
    const { bounds } = this;
    this.bounds = new Float64Array(2 * bounds.length);
    this.bounds.set(bounds);
    return this.bounds;
  }
}

/** What happens to a slot: its memory is taken, given back, or taken and at once given back. */
export const TAKE = 0;
export const GIVE = 1;
export const TOUCH = 2;

/** What happens to a slot on a backend, as one number: bits 7 on, 0 and 1, and 2 to 6. */
export function codeOf(slot: number, what: number, backend: number): number {
  return (slot << 7) | (backend << 2) | what;
}

export function backendOf(code: number): number {
  return (code >> 2) & 31;
}

/**
 * Takes and gives back memory as `events` say: by turns a code, and which of the `sizes`, padded, the slot is of. `places` is where each
 * slot lies. The best fit wins among the free blocks but the last. One loop with everything at hand, as this is where answers take their
 * time.
 */
export function follow(
  lists: readonly FreeList[],
  events: Int32Array,
  sizes: Float64Array,
  places: Float64Array,
): void {
  let backend = -1;
  let list = lists[0]!;
  let { bounds, count, size } = list;
  for (let event = 0; event < events.length; event += 2) {
    const code = events[event]!;
    const bytes = sizes[events[event + 1]!]!;
    if (backendOf(code) !== backend) {
      list.count = count;
      list.size = size;
      backend = backendOf(code);
      list = lists[backend]!;
      ({ bounds, count, size } = list);
    }
    const what = code & 3;
    if (what === TOUCH && bytes > 0 && !list.isOdd) {
      const end = bounds[2 * count - 2]! + bytes;
      if (end > size && !fits(bounds, count, bytes)) size = end;
      continue;
    }
    if (what !== GIVE) {
      let best = 2 * count - 2;
      let bestLength = Number.POSITIVE_INFINITY;
      for (let at = 0; at < 2 * count - 2; at += 2) {
        const length = bounds[at + 1]! - bounds[at]!;
        if (length >= bytes && length <= bestLength) {
          best = at;
          bestLength = length;
        }
      }
      const offset = bounds[best]!;
      const end = offset + bytes;
      if (bounds[best + 1] === end) remove(bounds, best, count--);
      else bounds[best] = end;
      if (end > size) size = end;
      places[code >> 7] = offset;
      if (what === TAKE) continue;
    }
    const offset = places[code >> 7]!;
    const end = offset + bytes;
    // all of them, in order: where tensors of no bytes were given back the blocks are not sorted
    let at = 0;
    while (at < 2 * count && bounds[at + 1] !== offset && bounds[at] !== end) at += 2;
    if (at === 2 * count) {
      if (at === bounds.length) bounds = list.grow();
      if (bytes === 0) list.isOdd = true;
      insert(bounds, offset, end, count++);
      continue;
    }
    let merged = at;
    if (bounds[at + 1] === offset) bounds[at + 1] = end;
    else {
      bounds[at] = offset;
      merged = at - 2;
    }
    if (merged >= 0 && merged + 2 < 2 * count && bounds[merged + 1] === bounds[merged + 2]) {
      bounds[merged + 1] = bounds[merged + 3]!;
      remove(bounds, merged + 2, count--);
    }
  }
  list.count = count;
  list.size = size;
}

/** Whether a block but the last is large enough. */
function fits(bounds: Float64Array, count: number, bytes: Bytes): boolean {
  for (let at = 0; at < 2 * count - 2; at += 2) if (bounds[at + 1]! - bounds[at]! >= bytes) return true;
  return false;
}

function remove(bounds: Float64Array, at: number, count: number): void {
  for (let next = at; next < 2 * count - 2; next++) bounds[next] = bounds[next + 2]!;
}

function insert(bounds: Float64Array, offset: Bytes, end: Bytes, count: number): void {
  let at = 0;
  while (at < 2 * count && bounds[at]! < offset) at += 2;
  for (let next = 2 * count + 1; next > at + 1; next--) bounds[next] = bounds[next - 2]!;
  bounds[at] = offset;
  bounds[at + 1] = end;
}
