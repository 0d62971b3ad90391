import type { Chain } from './chain';
import type { Turn } from './chain-ahead';
import { Life } from './chain-life';
import type { SlotSizes } from './slot-sizes';
import type { StepWeight } from './draft';
import type { StepBook } from './step-book';
import type { Backend } from '../drawing/tensor-graph';

/** What the allocator has in use when it comes to a link. */
export interface Living {
  readonly number: number;
  /** Slots that are taken, oldest first. */
  readonly slots: readonly Slot[];
  /** By name, views of a tensor that are still to be read, or never are. */
  readonly shown: readonly (readonly [name: number, views: number])[];
  readonly next: Map<number, Lived>;
}

export interface Slot {
  /** Whose memory it is: the tensor, or its copy on a backend. */
  readonly name: number;
  readonly how: number;
  readonly backend: Backend;
  /** A form, or a weight as seen from the link. */
  readonly size: number | StepWeight;
}

export interface Lived {
  /** Where the book has the step. */
  readonly step: number;
  readonly to: Living;
}

/** The lifetimes of `ggml_gallocr_alloc_graph_impl`, each link's part remembered by what was in use before it and what comes behind it. */
export class Lifelines {
  private readonly livings = new Map<string, Living>();
  /** Numbers that it takes to keep what is remembered, with what other passes remember of the same links. */
  cost = 0;

  constructor(
    private readonly chain: Chain,
    private readonly host: Backend,
    private readonly sizes: SlotSizes,
    private readonly book: StepBook,
  ) {}

  begin(): Living {
    return this.living([], []);
  }

  live(living: Living, turn: Turn, at: number): Lived {
    const known = living.next.get(turn.number);
    if (known !== undefined) return known;
    const life = new Life(this.chain, this.host, this.sizes, living, turn, at).follow();
    const made = { step: this.book.add(life.draft), to: this.living(life.slotsLeft(), life.shownLeft()) };
    living.next.set(turn.number, made);
    this.cost += COST_OF_TURN;
    return made;
  }

  private living(slots: readonly Slot[], shown: Living['shown']): Living {
    const key = `${slots.map(slotKey).join()};${shown.join()}`;
    const known = this.livings.get(key);
    if (known !== undefined) return known;
    const made: Living = { number: this.livings.size, slots, shown, next: new Map() };
    this.livings.set(key, made);
    return made;
  }
}

/** What is kept of one link for all passes beside its step, roughly. */
const COST_OF_TURN = 200;

function slotKey({ name, how, backend, size }: Slot): string {
  const bytes = typeof size === 'number' ? size : `${size.before} ${size.ordinal} ${size.outside}`;
  return `${name} ${how} ${backend} ${bytes}`;
}
