import { describe, expect, it } from 'vitest';
import {
  backendOf,
  codeOf,
  follow,
  FreeList,
  GIVE,
  TAKE,
} from '../../../../../src/core/plan/compute/allocation/free-list';
import { Draft } from '../../../../../src/core/plan/compute/allocation/template';
import { Random } from '../random-settings';

const SCRIPTS = 3000;
const EVENTS = 60;
const BACKENDS = 2;

describe('what a step asks for', () => {
  it('leaves the blocks and takes the bytes that ggml would, told event by event, slots of no bytes included', () => {
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
      const { events } = draft.finish(false);
      expect(events.length).toBeLessThanOrEqual(plain.length);
      expect(run(events, sizes)).toEqual(asGgml(plain, sizes));
    }
  });
});

function randomScript(random: Random): { draft: Draft; plain: Int32Array } {
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
    plain.push(codeOf(slot, gives ? GIVE : TAKE, backend), slot);
  }
  return { draft, plain: new Int32Array(plain) };
}

function randomSizes(random: Random): Float64Array {
  const least = random.chance(0.5) ? 0 : 1;
  return Float64Array.from({ length: EVENTS }, () => 128 * random.between(least, 11));
}

function run(events: Int32Array, sizes: Float64Array) {
  const lists = Array.from({ length: BACKENDS }, () => new FreeList());
  follow(lists, events, sizes, new Float64Array(EVENTS));
  return lists.map(({ size, count, bounds }) => ({ size, blocks: [...bounds.subarray(0, 2 * count)] }));
}

interface Block {
  offset: number;
  size: number;
}

/** `ggml_dyn_tallocr_alloc` and `_free_bytes` line by line (`ggml/src/ggml-alloc.c`), one backend after the other. */
function asGgml(events: Int32Array, sizes: Float64Array) {
  return Array.from({ length: BACKENDS }, (_, backend) => {
    const blocks: Block[] = [{ offset: 0, size: Number.POSITIVE_INFINITY }];
    const places: number[] = [];
    let most = 0;
    for (let event = 0; event < events.length; event += 2) {
      const code = events[event]!;
      if (backendOf(code) !== backend) continue;
      const [slot, size] = [code >> 7, sizes[events[event + 1]!]!];
      if ((code & 3) === GIVE) giveBack(blocks, places[slot]!, size);
      else {
        places[slot] = take(blocks, size);
        most = Math.max(most, places[slot] + size);
      }
    }
    return { size: most, blocks: blocks.flatMap(({ offset, size }) => [offset, offset + size]) };
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
