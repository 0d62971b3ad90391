import { describe, expect, it } from 'vitest';
import { allocate } from '../../../../../src/core/plan/compute/allocation/allocate';
import { Draft } from '../../../../../src/core/plan/compute/allocation/draft';
import { FreeList } from '../../../../../src/core/plan/compute/allocation/free-list';
import type { Script } from '../../../../../src/core/plan/compute/allocation/script';
import {
  backendOf,
  eventOf,
  GIVE,
  sizeOf,
  slotOf,
  STEP_HEAD,
  TAKE,
  whatOf,
} from '../../../../../src/core/plan/compute/allocation/step-code';
import { Random } from '../random-settings';

const SCRIPTS = 3000;
const EVENTS = 60;
const BACKENDS = 2;

describe('what a step asks for', () => {
  it('leaves the blocks and takes what ggml would, told event by event, slots of nothing included', () => {
    const random = new Random(3);
    for (let script = 0; script < SCRIPTS; script++) {
      const { plain } = randomScript(random);
      const sizes = randomSizes(random);
      expect(run(plain, sizes)).toEqual(asGgml(plain, sizes));
    }
  });

  it('leaves and takes the same told backend by backend and with touches', () => {
    const random = new Random(5);
    for (let script = 0; script < SCRIPTS; script++) {
      const { draft, plain } = randomScript(random);
      const sizes = randomSizes(random);
      const events = draft.tell(() => 0).slice(STEP_HEAD);
      expect(events.length).toBeLessThanOrEqual(plain.length);
      expect(run(events, sizes)).toEqual(asGgml(plain, sizes));
    }
  });
});

describe('memory of more than 256 GiB', () => {
  it('is counted in larger units, less than a millionth too high', () => {
    const script: Script = {
      events: new Uint16Array([0 << 1, 1 << 1, (0 << 1) | 1, 2 << 1]),
      backends: new Uint8Array(3),
      tensors: new Int32Array([0, 1, 2]),
      blocks: [],
      holds: [],
    };
    const sizes = [300 * 2 ** 30 + 1, 3 * 2 ** 40 + 1, 200 * 2 ** 30];
    const [bytes] = allocate(script, 1, (tensor) => sizes[tensor]!);
    const exact = 300 * 2 ** 30 + 3 * 2 ** 40 + 256;
    expect(bytes).toBeGreaterThanOrEqual(exact);
    expect(bytes! / exact).toBeLessThan(1 + 1e-6);
  });
});

function randomScript(random: Random): { draft: Draft; plain: readonly number[] } {
  const below = (most: number): number => random.between(0, most - 1);
  const draft = new Draft(0);
  const plain: number[] = [];
  const taken: { slot: number; backend: number }[] = [];
  for (let event = 0, slots = 0; event < EVENTS; event++) {
    const gives = taken.length > 0 && random.chance(0.5);
    const at = random.chance(0.5) ? taken.length - 1 : below(taken.length);
    const [chosen] = gives ? taken.splice(at, 1) : [{ slot: slots++, backend: below(BACKENDS) }];
    const { slot, backend } = chosen!;
    if (!gives) taken.push(chosen!);
    draft.add(slot, gives ? 1 : 0, backend, slot);
    plain.push(eventOf(slot, gives ? GIVE : TAKE, backend, slot));
  }
  return { draft, plain };
}

function randomSizes(random: Random): readonly number[] {
  const least = random.chance(0.5) ? 0 : 1;
  return Array.from({ length: EVENTS }, () => random.between(least, 11));
}

function run(events: readonly number[], sizes: readonly number[]) {
  const lists = Array.from({ length: BACKENDS }, () => new FreeList());
  const places: number[] = [];
  for (const event of events) {
    const [list, units] = [lists[backendOf(event)]!, sizes[sizeOf(event)]!];
    if (whatOf(event) === TAKE) places[slotOf(event)] = list.take(units);
    else if (whatOf(event) === GIVE) list.give(places[slotOf(event)]!, units);
    else list.touch(units);
  }
  return lists.map((list) => {
    const described = new Int32Array(list.room);
    list.describe(described, 0);
    return { size: list.size, blocks: [...described.subarray(1)] };
  });
}

interface Block {
  offset: number;
  size: number;
}

/** The end of the last block, which has none. */
const ENDLESS = 2 ** 31 - 1;

/** `ggml_dyn_tallocr_alloc` and `_free_bytes` line by line (`ggml/src/ggml-alloc.c`), one backend after the other. */
function asGgml(events: readonly number[], sizes: readonly number[]) {
  return Array.from({ length: BACKENDS }, (_, backend) => {
    const blocks: Block[] = [{ offset: 0, size: Number.POSITIVE_INFINITY }];
    const places: number[] = [];
    let most = 0;
    for (const event of events) {
      if (backendOf(event) !== backend) continue;
      const [slot, size] = [slotOf(event), sizes[sizeOf(event)]!];
      if (whatOf(event) === GIVE) giveBack(blocks, places[slot]!, size);
      else {
        places[slot] = take(blocks, size);
        most = Math.max(most, places[slot] + size);
      }
    }
    const bounds = blocks.flatMap(({ offset, size }) => [offset, Math.min(ENDLESS, offset + size)]);
    return { size: most, blocks: bounds };
  });
}

function take(blocks: Block[], size: number): number {
  let best = blocks.length - 1;
  let bestSize = Number.POSITIVE_INFINITY;
  for (const [index, block] of blocks.slice(0, -1).entries()) {
    if (block.size < size || block.size > bestSize) continue;
    best = index;
    bestSize = block.size;
  }
  const block = blocks[best]!;
  const { offset } = block;
  block.offset += size;
  block.size -= size;
  if (block.size === 0) blocks.splice(best, 1);
  return offset;
}

function giveBack(blocks: Block[], offset: number, size: number): void {
  for (const [index, block] of blocks.entries()) {
    if (block.offset + block.size === offset) {
      block.size += size;
      const next = blocks[index + 1];
      if (next === undefined || block.offset + block.size !== next.offset) return;
      block.size += next.size;
      blocks.splice(index + 1, 1);
      return;
    }
    if (offset + size === block.offset) {
      block.offset = offset;
      block.size += size;
      const previous = blocks[index - 1];
      if (previous === undefined || previous.offset + previous.size !== block.offset) return;
      previous.size += block.size;
      blocks.splice(index, 1);
      return;
    }
  }
  const before = blocks.findIndex((block) => block.offset >= offset);
  blocks.splice(before < 0 ? blocks.length : before, 0, { offset, size });
}
