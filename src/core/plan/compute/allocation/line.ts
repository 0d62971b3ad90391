import type { Chain } from './chain';
import { Lookahead, type Turn, Unlinked } from './chain-ahead';
import { Unfit } from './chain-life';
import { Seats, type Setting, type Where } from './chain-seats';
import { type Crossing, type Cut, Splitter } from './chain-splits';
import { Lifelines, type Lived } from './chain-steps';
import { FIRST_WEIGHT } from '../flat/flat-graph';
import { findPeriods } from '../flat/periods';
import { TooLarge } from './draft';
import type { ToldSteps } from './told-steps';
import type { Loop, Template } from './template';

/** What an allocator is asked for in one placement, each block by what it asks for, and how often each loop goes round. */
export interface Sequence {
  readonly template: Template;
  readonly repeats: readonly { readonly omitted: number }[];
}

/** What following the blocks of a placement comes to: `null` where they cannot be followed one by one, `unfit` where a size follows no form. */
export type Followed = Sequence | 'unfit' | null;

/** All placements of a chain that have in common where everything lies outside its blocks. A block that leaves all as the same one before it did is not looked up. */
export class Line {
  private readonly seats: Seats;
  private readonly splitter: Splitter;
  private readonly lookahead: Lookahead;
  private readonly lifelines: Lifelines;

  constructor(
    chain: Chain,
    setting: Setting,
    private readonly told: ToldSteps,
  ) {
    const { graph } = chain;
    this.seats = new Seats(chain, setting);
    this.splitter = new Splitter(chain, setting, (tensor) => {
      const code = graph.homes[tensor]!;
      return code >= FIRST_WEIGHT ? setting.homeOutside(code - FIRST_WEIGHT) : setting.host;
    });
    this.lookahead = new Lookahead(chain);
    this.lifelines = new Lifelines(chain, setting.host, told.sizes, told.book);
  }

  /** Numbers that it takes to keep what is remembered. */
  get cost(): number {
    return this.lifelines.cost;
  }

  follow(wheres: ArrayLike<Where>): Followed {
    try {
      return this.sequenceOf(this.stepsOf(this.turnsOf(this.cutsOf(wheres))));
    } catch (error) {
      if (error instanceof Unfit) return 'unfit';
      if (error instanceof Unlinked || error instanceof TooLarge) return null;
      throw error;
    }
  }

  private cutsOf(wheres: ArrayLike<Where>): readonly Cut[] {
    const assigned = this.seats.assign(wheres);
    let passing = this.splitter.begin(assigned[0]!);
    let steady: Crossing | null = null;
    return assigned.map((assignment, at) => {
      const known = assignment === assigned[at - 1] ? steady : null;
      const crossing = known ?? this.splitter.cross(passing, assignment, at);
      steady = crossing.to === passing ? crossing : null;
      passing = crossing.to;
      return crossing.cut;
    });
  }

  private turnsOf(cuts: readonly Cut[]): readonly Turn[] {
    const turns: Turn[] = [];
    let ahead = this.lookahead.end();
    let steady: Turn | null = null;
    for (let at = cuts.length - 1; at >= 0; at--) {
      const known: Turn | null = cuts[at] === cuts[at + 1] ? steady : null;
      const turn: Turn = known ?? this.lookahead.turn(cuts[at]!, ahead, at);
      steady = turn.ahead === ahead ? turn : null;
      turns.push(turn);
      ahead = turn.ahead;
    }
    return turns.reverse();
  }

  private stepsOf(turns: readonly Turn[]): readonly number[] {
    let living = this.lifelines.begin();
    let steady: Lived | null = null;
    return turns.map((turn, at) => {
      const known = turn === turns[at - 1] ? steady : null;
      const lived = known ?? this.lifelines.live(living, turn, at);
      steady = lived.to === living ? lived : null;
      living = lived.to;
      return lived.step;
    });
  }

  /** Steps as a template, those that repeat once. */
  private sequenceOf(all: readonly number[]): Sequence {
    const { book } = this.told;
    book.expectRepeated(all);
    const order = [all[0]!];
    const loops: Loop[] = [];
    const repeats: { omitted: number }[] = [];
    const blocks = all.slice(1);
    for (const { start, period, repetitions } of findPeriods(blocks, blocks.length)) {
      if (repetitions > 1) {
        loops.push({ at: order.length - 1, period });
        repeats.push({ omitted: repetitions - 1 });
      }
      for (let item = start; item < start + period; item++) order.push(blocks[item]!);
    }
    const { forms } = this.told;
    return { template: { forms, book, order: new Int32Array(order), loops, cost: 0 }, repeats };
  }
}
