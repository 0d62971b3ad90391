import {
  backendOf,
  eventOf,
  fitsEvent,
  GIVE,
  slotOf,
  STEP_EVENTS,
  STEP_OLDEST,
  TAKE,
  TOUCH,
  whatOf,
  WEIGHTS,
} from './step-code';

/** Thrown where a step has more slots or sizes than its events have room for. */
export class TooLarge extends Error {}

/** A weight that a step copies. */
export interface StepWeight {
  /** How many blocks before the step's it is of, and which of its tensors. */
  readonly before: number;
  readonly ordinal: number;
  /** The tensor's name where it belongs to no block. */
  readonly outside: string | null;
}

/** A step while it is read. */
export class Draft {
  readonly weights: StepWeight[] = [];
  left: number[] = [];
  most = 0;
  /** As they are added. */
  readonly events: number[] = [];

  constructor(readonly begins: number) {}

  /** A slot is taken or given back; `size` is a form, or what `weigh` says. Throws TooLarge. */
  add(slot: number, give: number, backend: number, size: number): void {
    if (!fitsEvent(slot, size)) throw new TooLarge();
    this.events.push(eventOf(slot, give === 0 ? TAKE : GIVE, backend, size));
  }

  /** The size of a copy of a weight. */
  weigh(weight: StepWeight): number {
    const known = this.weights.findIndex((each) => isSameWeight(each, weight));
    return WEIGHTS + (known >= 0 ? known : this.weights.push(weight) - 1);
  }

  /** The step as `step-code.ts` lays it out; `numberOf` numbers names of weights. */
  tell(numberOf: (name: string) => number): readonly number[] {
    const { begins, most, left, weights } = this;
    const told = [begins, most, left.length, weights.length, 0, 0, 0];
    for (const place of left) told.push(place);
    for (const { before, ordinal, outside } of weights) {
      told.push(before, ordinal, outside === null ? -1 : numberOf(outside));
      told[STEP_OLDEST] = Math.max(told[STEP_OLDEST]!, before);
    }
    const from = told.length;
    for (let backend = 0, missing = this.events.length; missing > 0; backend++)
      missing -= this.tellOf(backend, told, from);
    told[STEP_EVENTS] = told.length - from;
    return told;
  }

  /**
   * Events of one backend, as what happens on one is nothing to the others; what is given back at once after it was taken is touched.
   * How many there were.
   */
  private tellOf(backend: number, told: number[], from: number): number {
    let count = 0;
    for (const event of this.events) {
      if (backendOf(event) !== backend) continue;
      count++;
      const before = told[told.length - 1]!;
      const isPair =
        told.length > from &&
        whatOf(before) === TAKE &&
        whatOf(event) === GIVE &&
        slotOf(before) === slotOf(event);
      if (isPair) told[told.length - 1] = before + TOUCH - TAKE;
      else told.push(event);
    }
    return count;
  }
}

function isSameWeight(one: StepWeight, other: StepWeight): boolean {
  return one.before === other.before && one.ordinal === other.ordinal && one.outside === other.outside;
}
