import { describe, expect, it } from 'vitest';
import { Draft, type StepWeight } from '../../../../../src/core/plan/compute/allocation/draft';
import { ALIGNMENT, FreeList, unitsOf } from '../../../../../src/core/plan/compute/allocation/free-list';
import { replay } from '../../../../../src/core/plan/compute/allocation/replay';
import { valuesInUnits } from '../../../../../src/core/plan/compute/allocation/slot-sizes';
import { StepBook } from '../../../../../src/core/plan/compute/allocation/step-book';
import {
  backendOf,
  GIVE,
  sizeOf,
  slotOf,
  WEIGHTS,
  whatOf,
} from '../../../../../src/core/plan/compute/allocation/step-code';
import type { Template } from '../../../../../src/core/plan/compute/allocation/template';
import type { BlockWeights } from '../../../../../src/core/plan/compute/allocation/walk';
import { Random } from '../random-settings';

const TEMPLATES = 150;
const ASKED = 12;
const BACKENDS = 2;
const FORMS = 9;
const STEPS = 6;
const EVENTS = 24;
const BLOCKS = 40;
/** With all that loops stand for. */
const MOST_BLOCKS = 200;
const MONOMIALS = 4;

describe('a replay', () => {
  it('comes to what every step and repetition comes to that is followed event by event, whatever the sizes', () => {
    const random = new Random(11);
    for (let turn = 0; turn < TEMPLATES; turn++) {
      const story = randomStory(random, turn % 3 === 0);
      for (let asked = 0; asked < ASKED; asked++) {
        const weights = randomWeights(random);
        const monomials = randomMonomials(random);
        const found = replay(story.template, monomials, BACKENDS, story.repeats, weights);
        expect(found).toEqual(told(story, monomials, weights));
      }
    }
  });
});

/** A template, and the drafts that its steps are of. */
interface Story {
  readonly template: Template;
  readonly repeats: readonly { readonly omitted: number }[];
  readonly drafts: ReadonlyMap<number, Draft>;
}

function told(
  { template, repeats, drafts }: Story,
  monomials: Float64Array,
  weights: BlockWeights,
): number[] {
  const { order, loops } = template;
  const sizes = new Int32Array(2 * WEIGHTS);
  valuesInUnits(template.forms, monomials, ALIGNMENT, sizes);
  const lists = Array.from({ length: BACKENDS }, () => new FreeList());
  let places: number[] = [];
  let layer = -1;
  for (let item = 0; item < order.length;) {
    const loop = loops.findIndex(({ at }) => at + 1 === item);
    const period = loops[loop]?.period ?? 1;
    for (let time = 0; time < 1 + (repeats[loop]?.omitted ?? 0); time++)
      for (const step of order.slice(item, item + period)) places = follow(drafts.get(step)!, layer++);
    item += period;
  }
  return lists.map(({ size }) => size * ALIGNMENT);

  function follow(draft: Draft, at: number): number[] {
    for (const [index, { before, ordinal, outside }] of draft.weights.entries())
      sizes[WEIGHTS + index] =
        outside === null
          ? weights.units[at - before]![ordinal]!
          : unitsOf(weights.bytesOutside(outside), ALIGNMENT);
    for (const event of draft.events) {
      const [list, slot, units] = [lists[backendOf(event)]!, slotOf(event), sizes[sizeOf(event)]!];
      if (whatOf(event) === GIVE) list.give(places[slot]!, units);
      else places[slot] = list.take(units);
    }
    return draft.left.map((place) => places[place]!);
  }
}

interface Slot {
  readonly backend: number;
  readonly size: number;
}

/** Steps that all begin and end with slots of the same sizes taken, so that any may follow any other; loops among them. */
function randomStory(random: Random, copies: boolean): Story {
  const kept = Array.from({ length: random.between(0, 4) }, () => randomSlot(random));
  const book = new StepBook();
  const drafts = new Map<number, Draft>();
  const add = (draft: Draft): number => {
    const step = book.add(draft);
    drafts.set(step, draft);
    if (random.chance(0.7)) book.expect(step);
    return step;
  };
  // nothing is before the first block, whose weights could be copied
  const [first, second] = [add(firstStep(kept)), add(randomStep(random, kept, false))];
  const steps = Array.from({ length: STEPS }, () => add(randomStep(random, kept, copies)));
  const blocks = Array.from({ length: BLOCKS }, () => steps[random.between(0, STEPS - 1)]!);
  const loops = [
    { at: random.between(1, 9), period: random.between(1, 3) },
    { at: random.between(15, 25), period: random.between(1, 5) },
  ];
  const forms = Float64Array.from(Array.from({ length: FORMS }, () => randomForm(random)).flat());
  return {
    template: { forms, book, order: new Int32Array([first, second, ...blocks]), loops, cost: 0 },
    repeats: loops.map(() => ({ omitted: random.between(0, 9) })),
    drafts,
  };
}

function randomSlot(random: Random): Slot {
  return { backend: random.between(0, BACKENDS - 1), size: random.between(0, FORMS - 1) };
}

/** A constant, what it is a multiple of, a factor, and what that multiplies: the first number is 1 and never varies. */
function randomForm(random: Random): readonly number[] {
  const unit = random.chance(0.7) ? 128 : 4;
  if (random.chance(0.1)) return [0, 0, 0, 0];
  const constant = random.chance(0.3) ? unit * random.between(1, 9) : 0;
  return [constant, 0, unit * random.between(1, 9), random.between(1, MONOMIALS)];
}

function firstStep(kept: readonly Slot[]): Draft {
  const draft = new Draft(0);
  for (const [place, { backend, size }] of kept.entries()) draft.add(place, 0, backend, size);
  draft.most = kept.length;
  draft.left = kept.map((_, place) => place);
  return draft;
}

function randomStep(random: Random, kept: readonly Slot[], copies: boolean): Draft {
  const draft = new Draft(kept.length);
  const taken = kept.map((slot, place) => ({ ...slot, place }));
  let places = kept.length;
  const take = ({ backend, size }: Slot): number => {
    draft.add(places, 0, backend, size);
    return places++;
  };
  const give = ({ place, backend, size }: Slot & { place: number }): void =>
    draft.add(place, 1, backend, size);
  for (let event = 0; event < EVENTS; event++) {
    if (taken.length > 0 && random.chance(0.5)) {
      give(taken.splice(random.between(0, taken.length - 1), 1)[0]!);
      continue;
    }
    const slot = randomSlot(random);
    const size = copies && random.chance(0.2) ? draft.weigh(randomWeight(random)) : slot.size;
    taken.push({ ...slot, size, place: take({ ...slot, size }) });
  }
  draft.left = kept.map(take);
  for (const slot of taken) give(slot);
  draft.most = places;
  return draft;
}

function randomWeight(random: Random): StepWeight {
  const outside = random.chance(0.1) ? 'output.weight' : null;
  return { before: outside === null ? random.between(0, 1) : 0, ordinal: random.between(0, 2), outside };
}

/** Blocks of two looks. */
function randomWeights(random: Random): BlockWeights {
  const looks = Array.from({ length: MOST_BLOCKS }, () => random.between(0, 1));
  const bytes = [0, 1].map(() => Float64Array.from({ length: 3 }, () => random.between(0, 300)));
  const outside = random.between(1, 40_000);
  return {
    looks,
    units: looks.map((look) => bytes[look]!),
    largest: outside,
    bytesOutside: () => outside,
  };
}

function randomMonomials(random: Random): Float64Array {
  return Float64Array.of(1, ...Array.from({ length: MONOMIALS }, () => random.between(1, 40)));
}
