import { homeOfTensor } from '../layer-homes';
import { indexOf } from '../model-index';
import type { Chain } from './chain';
import { Lookahead, type Turn, Unlinked } from './chain-ahead';
import { Seats, type Setting, type Where } from './chain-seats';
import { type Crossing, type Cut, Splitter } from './chain-splits';
import { Unfit } from './chain-life';
import { Lifelines, type Lived } from './chain-steps';
import { FIRST_WEIGHT, FOLLOWS_WEIGHTS } from './flat-graph';
import { chainFor } from './flat-graphs';
import { findPeriods } from './periods';
import { OFFLOAD_ROWS } from './schedule';
import { MOST_WINDOWS, monomialsOf, valuesOf } from './size-forms';
import { type Forms } from './size-forms';
import { type Loop, SlotSizes, type Step, type Template } from './template';
import { actualVariables, drawingOf, factsOf, flatQuestion, type GraphQuestion } from './templates';

/** What an allocator is asked for in one placement, each block by what it asks for, and how often each loop goes round. */
export interface Sequence {
  readonly template: Template;
  readonly repeats: readonly { readonly omitted: number }[];
}

interface Found extends Sequence {
  readonly monomials: Float64Array;
}

/**
 * The sequence for a question, every block in it; null where blocks cannot be followed one by one: with the pipeline's copies, with
 * tensors moved by name, where a block reads results of a far one, and while few placements are asked about. Throws UnknownGraph.
 */
export function findSequence(question: GraphQuestion): Found | null {
  const { model, placed, machine } = question;
  const { wheres } = placed;
  if (wheres === null || wheres.length === 0 || machine.pipeline) return null;
  const facts = factsOf(model);
  if (facts.windows.length > MOST_WINDOWS) return null;
  const actual = actualVariables(question, facts);
  const monomials = monomialsOf(actual);
  for (const special of [false, true]) {
    const drawing = drawingOf(question, facts, actual, special);
    if ((facts.learnt.get(drawing.key) ?? 0) < FEW_TEMPLATES) return null;
    const chain = chainFor(flatQuestion(question, drawing, facts, []));
    const sequence = chain === null ? null : linesOf(chain).sequenceFor(question, wheres, monomials);
    if (sequence === null) return null;
    if (sequence !== 'unfit') return { ...sequence, monomials };
  }
  return null;
}

/** Where so few placements are asked about, as of a model all on one card, templates of a few blocks are made sooner than a chain of all. */
const FEW_TEMPLATES = 2;

/** What following the blocks of a placement comes to: `null` where they cannot be followed one by one, `unfit` where a size follows no form. */
type Followed = Sequence | 'unfit' | null;

/** Lines of a chain, and numbers that each may take. */
const MOST_LINES = 256;
const MOST_NUMBERS = 1_000_000;
/** Forms of rows that a chain may have; three are seen. */
const MOST_ROWS = 12;
/** Sequences remembered of all models, at some hundred bytes each. */
const MOST_SEQUENCES = 32_768;
let sequences = 0;
/** Where they are. */
const memories = new Set<Map<number, Followed>>();

function forgetSequences(): void {
  for (const memory of memories) memory.clear();
  memories.clear();
  sequences = 0;
}

const byChain = new WeakMap<Chain, Lines>();

function linesOf(chain: Chain): Lines {
  const found = byChain.get(chain);
  if (found !== undefined) return found;
  const made = new Lines(chain);
  byChain.set(chain, made);
  return made;
}

/** The lines of a chain: which operations are of few rows, and where all lies that belongs to no block, decides which. */
class Lines {
  private readonly lines = new Map<string, Line>();
  private readonly rows: readonly number[];

  /** By `manyRows`, and then by placement. */
  private readonly sequences: Map<number, Followed>[] = [];

  constructor(private readonly chain: Chain) {
    this.rows = rowsIn(chain);
  }

  sequenceFor(question: GraphQuestion, wheres: ArrayLike<Where>, monomials: Float64Array): Followed {
    const { placed } = question;
    if (this.rows.length > MOST_ROWS) return null;
    const many = this.manyRows(monomials);
    const memory = (this.sequences[many] ??= new Map<number, Followed>());
    let found = memory.get(placed.number);
    if (found === undefined) {
      if (sequences++ >= MOST_SEQUENCES) forgetSequences();
      found = this.lineFor(question, many, monomials).follow(wheres);
      memory.set(placed.number, found);
      memories.add(memory);
    }
    return found;
  }

  /** As bits, which counts of rows are worth an operation's weights being copied. */
  private manyRows(monomials: Float64Array): number {
    const { constants, bases, factors, monomials: which } = this.chain.graph.forms;
    let bits = 0;
    for (let index = 0; index < this.rows.length; index++) {
      const form = this.rows[index]!;
      const rows = constants[form]! * monomials[bases[form]!]! + factors[form]! * monomials[which[form]!]!;
      if (rows >= OFFLOAD_ROWS) bits |= 1 << index;
    }
    return bits;
  }

  private lineFor(question: GraphQuestion, many: number, monomials: Float64Array): Line {
    const { placed, settings } = question;
    const key = `${placed.outside} ${settings.offloadOperations} ${many}`;
    const line = this.lines.get(key);
    if (line !== undefined && line.cost < MOST_NUMBERS) return line;
    if (this.lines.size >= MOST_LINES) this.lines.clear();
    const made = new Line(this.chain, settingOf(question, monomials, this.chain));
    this.lines.set(key, made);
    return made;
  }
}

/** Forms of rows by which operations are taken over from the host, that are not the same always. */
function rowsIn({ graph }: Chain): readonly number[] {
  const forms = new Set<number>();
  for (const node of graph.nodes)
    if ((graph.flags[node]! & FOLLOWS_WEIGHTS) !== 0) forms.add(graph.rows[node]!);
  return [...forms].filter((form) => graph.forms.factors[form] !== 0);
}

function settingOf(question: GraphQuestion, monomials: Float64Array, { graph }: Chain): Setting {
  const { model, settings, placed, machine } = question;
  const index = indexOf(model);
  return {
    host: machine.host,
    offload: machine.offload,
    offloadCache: settings.offloadCache,
    values: valuesOf(graph.forms, monomials),
    homeOutside: (weight) => {
      const { tensor, asOutput } = graph.weights[weight]!;
      return homeOfTensor(tensor, index, placed.homes, settings, asOutput);
    },
  };
}

/** All placements of a chain that have in common where everything lies outside its blocks. A block that leaves all as the same one before it did is not looked up. */
class Line {
  private readonly seats: Seats;
  private readonly splitter: Splitter;
  private readonly lookahead: Lookahead;
  private readonly lifelines: Lifelines;
  private readonly sizes: SlotSizes;
  private forms: Forms | null = null;

  constructor(chain: Chain, setting: Setting) {
    const { graph } = chain;
    this.sizes = new SlotSizes(graph);
    this.seats = new Seats(chain, setting);
    this.splitter = new Splitter(chain, setting, (tensor) => {
      const code = graph.homes[tensor]!;
      return code >= FIRST_WEIGHT ? setting.homeOutside(code - FIRST_WEIGHT) : setting.host;
    });
    this.lookahead = new Lookahead(chain);
    this.lifelines = new Lifelines(chain, setting.host, this.sizes);
  }

  /** Numbers that it takes to keep what is remembered. */
  get cost(): number {
    return this.lifelines.cost;
  }

  follow(wheres: ArrayLike<Where>): Followed {
    try {
      return this.told(this.stepsOf(this.turnsOf(this.cutsOf(wheres))));
    } catch (error) {
      if (error instanceof Unfit) return 'unfit';
      if (error instanceof Unlinked) return null;
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

  private stepsOf(turns: readonly Turn[]): readonly Step[] {
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
  private told(all: readonly Step[]): Sequence {
    const numbers = new Map<Step, number>();
    const told = all.map((step) => {
      const number = numbers.get(step) ?? numbers.size;
      if (number < numbers.size) step.repeated = step.oldest < 2;
      numbers.set(step, number);
      return number;
    });
    const order = [told[0]!];
    const loops: Loop[] = [];
    const repeats: { omitted: number }[] = [];
    const blocks = told.slice(1);
    for (const { start, period, repetitions } of findPeriods(blocks, blocks.length)) {
      if (repetitions > 1) {
        loops.push({ at: order.length - 1, period });
        repeats.push({ omitted: repetitions - 1 });
      }
      for (let item = start; item < start + period; item++) order.push(blocks[item]!);
    }
    const forms = this.forms?.constants.length === this.sizes.count ? this.forms : this.sizes.forms();
    this.forms = forms;
    const steps = [...numbers.keys()];
    const template = { forms, steps, order: new Uint16Array(order), loops, cost: 0 };
    return { template, repeats };
  }
}
