import type { Bytes } from '../../units';

/** Alignment of CUDA's buffers; the host's is smaller, by less than a KiB a tensor. */
const ALIGNMENT = 128;

export function padded(bytes: Bytes): Bytes {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** `ggml_dyn_tallocr`: free blocks by address, the last one without end; the best fit among the others wins. */
export class FreeList {
  /** The most that was in use at once, gaps included. */
  size: Bytes = 0;
  private count = 1;
  private offsets = new Float64Array(64);
  private lengths = new Float64Array(64);

  constructor() {
    this.reset();
  }

  /** Makes everything free again. */
  reset(): void {
    this.size = 0;
    this.count = 1;
    this.offsets[0] = 0;
    this.lengths[0] = Number.POSITIVE_INFINITY;
  }

  /** Numbers that a description takes. */
  get room(): number {
    return 1 + 2 * this.count;
  }

  /** Writes everything that what happens next depends on, and says where that ends. */
  describe(to: Float64Array, at: number): number {
    to[at] = this.count;
    let end = at + 1;
    for (let index = 0; index < this.count; index++) {
      to[end++] = this.offsets[index]!;
      to[end++] = this.lengths[index]!;
    }
    return end;
  }

  /** Makes everything as it was described from `at` on, and says where the description ends. */
  restore(from: Float64Array, at: number): number {
    this.count = from[at]!;
    let end = at + 1;
    for (let index = 0; index < this.count; index++) {
      this.offsets[index] = from[end++]!;
      this.lengths[index] = from[end++]!;
    }
    return end;
  }

  take(bytes: Bytes): number {
    const { offsets, lengths } = this;
    const last = this.count - 1;
    let best = last;
    let bestLength = Number.POSITIVE_INFINITY;
    for (let index = 0; index < last; index++) {
      const length = lengths[index]!;
      if (length >= bytes && length <= bestLength) {
        best = index;
        bestLength = length;
      }
    }
    const offset = offsets[best]!;
    const end = offset + bytes;
    if (lengths[best] === bytes) {
      this.remove(best);
    } else {
      offsets[best] = end;
      lengths[best]! -= bytes;
    }
    if (end > this.size) this.size = end;
    return offset;
  }

  give(offset: number, bytes: Bytes): void {
    const { offsets, lengths, count } = this;
    const end = offset + bytes;
    // all of them, in order: where tensors of no bytes were given back the blocks are not sorted
    for (let index = 0; index < count; index++) {
      const start = offsets[index]!;
      const length = lengths[index]!;
      if (start + length === offset) {
        lengths[index] = length + bytes;
        this.mergeWithNext(index);
        return;
      }
      if (end === start) {
        offsets[index] = offset;
        lengths[index] = length + bytes;
        if (index > 0) this.mergeWithNext(index - 1);
        return;
      }
    }
    let at = 0;
    while (at < count && offsets[at]! < offset) at++;
    this.insert(at, offset, bytes);
  }

  private mergeWithNext(index: number): void {
    const { offsets, lengths } = this;
    if (index + 1 >= this.count || offsets[index]! + lengths[index]! !== offsets[index + 1]) return;
    lengths[index]! += lengths[index + 1]!;
    this.remove(index + 1);
  }

  private insert(at: number, offset: number, bytes: Bytes): void {
    if (this.count === this.offsets.length) this.grow();
    const { offsets, lengths } = this;
    for (let index = this.count++; index > at; index--) {
      offsets[index] = offsets[index - 1]!;
      lengths[index] = lengths[index - 1]!;
    }
    offsets[at] = offset;
    lengths[at] = bytes;
  }

  private grow(): void {
    const [offsets, lengths] = [this.offsets, this.lengths];
    this.offsets = new Float64Array(2 * offsets.length);
    this.lengths = new Float64Array(2 * lengths.length);
    this.offsets.set(offsets);
    this.lengths.set(lengths);
  }

  private remove(index: number): void {
    const { offsets, lengths } = this;
    this.count--;
    for (let next = index; next < this.count; next++) {
      offsets[next] = offsets[next + 1]!;
      lengths[next] = lengths[next + 1]!;
    }
  }
}
