import { describe, expect, it } from 'vitest';
import {
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

describe('what a step asks for, told backend by backend and with touches', () => {
  it('leaves the same free blocks and takes the same bytes as event by event, slots of no bytes included', () => {
    const random = new Random(3);
    for (let script = 0; script < SCRIPTS; script++) {
      const { draft, plain, sizes } = randomScript(random);
      const { events } = draft.finish(false);
      expect(events.length).toBeLessThanOrEqual(plain.length);
      expect(run(events, sizes)).toEqual(run(plain, sizes));
    }
  });
});

function randomScript(random: Random): { draft: Draft; plain: Int32Array; sizes: Float64Array } {
  const below = (most: number): number => random.between(0, most - 1);
  const draft = new Draft(0);
  const plain: number[] = [];
  const taken: { slot: number; backend: number }[] = [];
  const sizes = Float64Array.from({ length: EVENTS }, () => 128 * below(12));
  for (let event = 0, slots = 0; event < EVENTS; event++) {
    const gives = taken.length > 0 && random.chance(0.5);
    const at = random.chance(0.5) ? taken.length - 1 : below(taken.length);
    const [chosen] = gives ? taken.splice(at, 1) : [{ slot: slots++, backend: below(BACKENDS) }];
    const { slot, backend } = chosen!;
    if (!gives) taken.push(chosen!);
    draft.add(slot, gives ? 1 : 0, backend, slot);
    plain.push(codeOf(slot, gives ? GIVE : TAKE, backend), slot);
  }
  return { draft, plain: new Int32Array(plain), sizes };
}

function run(events: Int32Array, sizes: Float64Array) {
  const lists = Array.from({ length: BACKENDS }, () => new FreeList());
  follow(lists, events, sizes, new Float64Array(EVENTS));
  return lists.map(({ size, count, bounds }) => ({ size, blocks: [...bounds.subarray(0, 2 * count)] }));
}
