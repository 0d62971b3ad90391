import { homeOfTensor } from '../../layer-homes';
import { indexOf } from '../../model-index';
import type { Chain } from './chain';
import type { Setting, Where } from './chain-seats';
import { FOLLOWS_WEIGHTS } from '../flat/flat-graph';
import { chainFor } from '../flat/flat-graphs';
import { type Followed, Line, type Sequence } from './line';
import { ToldSteps } from './told-steps';
import { OFFLOAD_ROWS } from './schedule';
import {
  type Form,
  MOST_WINDOWS,
  monomialsInto,
  monomialsWith,
  type Variables,
  valuesOf,
} from '../flat/size-forms';
import {
  actualVariables,
  drawingNumberOf,
  drawingOf,
  factsOf,
  flatQuestion,
  type GraphQuestion,
  type ModelFacts,
} from './templates';

interface Found {
  readonly sequence: Sequence;
  readonly monomials: Float64Array;
}

/**
 * The sequence for a question, every block in it; null where blocks cannot be followed one by one: with the pipeline's copies, with
 * tensors moved by name, where a block reads results of a far one. Throws UnknownGraph.
 */
export function findSequence(question: GraphQuestion): Found | null {
  const { model, placed, machine } = question;
  const { wheres } = placed;
  if (wheres === null || wheres.length === 0 || machine.pipeline) return null;
  const facts = factsOf(model);
  if (facts.windows.length > MOST_WINDOWS) return null;
  const actual = actualVariables(question, facts);
  const monomials = monomialsInto(scratch, actual);
  const pair = linesByNumber(question, facts, actual);
  for (let special = 0; special < 2; special++) {
    const lines = (pair[special] ??= linesFor(question, facts, actual, special === 1) ?? undefined);
    if (lines === undefined) return null;
    const sequence = lines.sequenceFor(question, wheres, monomials);
    if (sequence === null) return null;
    if (sequence !== 'unfit') return { sequence, monomials };
  }
  return null;
}

/** Values of one question at a time, thousands of which a second need not be swept up. */
const scratch = new Float64Array(monomialsWith(MOST_WINDOWS));

/** The lines of the chain of a drawing; null where there is none. */
function linesFor(
  question: GraphQuestion,
  facts: ModelFacts,
  actual: Variables,
  special: boolean,
): Lines | null {
  const drawing = drawingOf(question, facts, actual, special);
  const chain = chainFor(flatQuestion(question, drawing, facts, []));
  return chain === null ? null : linesOf(chain);
}

/** Lines of a drawing where sizes are forms of sequences and types of caches, and where they are not. */
type LinesPair = (Lines | undefined)[];

/** Found lines of each family by the number of a drawing, which is sooner made than its key. */
const pairs = new WeakMap<ModelFacts, Map<number, LinesPair>>();
const MOST_PAIRS = 64;

function linesByNumber(question: GraphQuestion, facts: ModelFacts, actual: Variables): LinesPair {
  const number = drawingNumberOf(question, facts, actual);
  if (number === null) return [];
  const ofFamily = pairs.get(facts) ?? new Map<number, LinesPair>();
  const found = ofFamily.get(number);
  if (found !== undefined) return found;
  if (ofFamily.size >= MOST_PAIRS) ofFamily.clear();
  const made: LinesPair = [];
  ofFamily.set(number, made);
  pairs.set(facts, ofFamily);
  return made;
}

/** Lines of a chain, and numbers that each may take. */
const MOST_LINES = 256;
const MOST_NUMBERS = 1_000_000;
/** Numbers that all steps of a chain may take. */
const MOST_STEPS = 4_000_000;
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
  private told: ToldSteps;
  private readonly rows: readonly Form[];

  /** By `manyRows`, and then by placement. */
  private readonly sequences: Map<number, Followed>[] = [];

  constructor(private readonly chain: Chain) {
    this.rows = rowsIn(chain);
    this.told = new ToldSteps(chain.graph);
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
    const { rows } = this;
    let bits = 0;
    for (let index = 0; index < rows.length; index++) {
      const { constant, base, factor, monomial } = rows[index]!;
      if (constant * monomials[base]! + factor * monomials[monomial]! >= OFFLOAD_ROWS) bits |= 1 << index;
    }
    return bits;
  }

  private lineFor(question: GraphQuestion, many: number, monomials: Float64Array): Line {
    const { placed, settings } = question;
    const key = `${placed.outside} ${settings.offloadOperations} ${many}`;
    const line = this.lines.get(key);
    if (line !== undefined && line.cost < MOST_NUMBERS) return line;
    if (this.lines.size >= MOST_LINES || this.told.book.cost >= MOST_STEPS) {
      this.lines.clear();
      this.told = new ToldSteps(this.chain.graph);
    }
    const made = new Line(this.chain, settingOf(question, monomials, this.chain), this.told);
    this.lines.set(key, made);
    return made;
  }
}

/** Forms of rows by which operations are taken over from the host, that are not the same always. */
function rowsIn({ graph }: Chain): readonly Form[] {
  const forms = new Set<number>();
  for (const node of graph.nodes)
    if ((graph.flags[node]! & FOLLOWS_WEIGHTS) !== 0) forms.add(graph.rows[node]!);
  const { constants, bases, factors, monomials } = graph.forms;
  return [...forms]
    .filter((form) => factors[form] !== 0)
    .map((form) => ({
      constant: constants[form]!,
      base: bases[form]!,
      factor: factors[form]!,
      monomial: monomials[form]!,
    }));
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
