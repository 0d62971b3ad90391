import { backendOf, eventOf, fitsEvent, GIVE, slotOf, TAKE, TOUCH, whatOf, WEIGHTS } from './step-code';

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
  private readonly events: number[] = [];

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
    const events = this.byBackend();
    const oldest = weights.reduce((farthest, { before }) => Math.max(farthest, before), 0);
    const told = weights.flatMap(({ before, ordinal, outside }) => [
      before,
      ordinal,
      outside === null ? -1 : numberOf(outside),
    ]);
    return [begins, most, left.length, weights.length, oldest, 0, events.length, ...left, ...told, ...events];
  }

  /** One backend after the other, as what happens on one is nothing to the others; what is given back at once after it was taken is touched. */
  private byBackend(): readonly number[] {
    const told: number[] = [];
    const order = this.events.map((_, event) => event);
    order.sort((one, other) => backendOf(this.events[one]!) - backendOf(this.events[other]!) || one - other);
    for (const at of order) {
      const event = this.events[at]!;
      const before = told.at(-1);
      const isPair =
        before !== undefined &&
        whatOf(before) === TAKE &&
        whatOf(event) === GIVE &&
        slotOf(before) === slotOf(event);
      if (isPair) told[told.length - 1] = before + TOUCH - TAKE;
      else told.push(event);
    }
    return told;
  }
}

function isSameWeight(one: StepWeight, other: StepWeight): boolean {
  return one.before === other.before && one.ordinal === other.ordinal && one.outside === other.outside;
}
