import { isQuantised, rowBytes } from '../../kv-cache';
import type { KvType } from '../../schema';
import type { Settings } from '../../settings';
import type { Batch } from '../drawing/sheet';

/**
 * What the sizes of a graph's tensors follow from while its shape stays. Each size is a constant plus a multiple of one of
 * these, or of a product of tokens, cells, groups and blocks.
 */
export interface Variables {
  /** Tokens of each group. */
  readonly each: number;
  /** Sequences with cells or states of their own. */
  readonly groups: number;
  /** Rows with outputs. */
  readonly outputs: number;
  /** Cells of a layer that sees everything, a stream. */
  readonly cells: number;
  /** Cells of each kind of windowed layer. */
  readonly windowed: readonly number[];
  /** Bytes of a block of the quantised caches, which all have one type; 1 where none is quantised. */
  readonly block: number;
}

/** Values of 1 and of every product that a size can follow, always in the same order. */
export function monomialsOf(variables: Variables): Float64Array {
  return monomialsInto(new Float64Array(monomialsWith(variables.windowed.length)), variables);
}

/** How many there are with so many kinds of windows. */
export function monomialsWith(windows: number): number {
  return 7 + 5 * (1 + windows);
}

/** The same, in numbers that are there for as many kinds of windows or more. */
export function monomialsInto(values: Float64Array, variables: Variables): Float64Array {
  const { each, groups, outputs, cells, windowed, block } = variables;
  const tokens = each * groups;
  values[0] = 1;
  values[1] = each;
  values[2] = tokens;
  values[3] = outputs;
  values[4] = groups;
  values[5] = block;
  values[6] = tokens * tokens;
  for (let kind = 0; kind <= windowed.length; kind++) {
    const count = kind === 0 ? cells : windowed[kind - 1]!;
    const at = 7 + 5 * kind;
    values[at] = count;
    values[at + 1] = count * groups;
    values[at + 2] = count * tokens;
    values[at + 3] = count * block;
    values[at + 4] = count * groups * block;
  }
  return values;
}

/** Where the groups and the block stand among them. */
const GROUPS = 4;
const BLOCK = 5;

/** Different sizes as forms: `constant · base + factor · monomial`. */
export interface Forms {
  readonly constants: Float64Array;
  /** What the constant is a multiple of: 1, the groups, or the block. */
  readonly bases: Uint8Array;
  readonly factors: Float64Array;
  readonly monomials: Uint8Array;
}

/**
 * Points at which a graph is drawn to learn the forms: tokens, groups, outputs, cells, windows; primes, so that no two ratios agree.
 * Those of the first are so large that two forms of one model have different values there, and so small that products stay exact.
 */
const points = [
  [10_007, 1009, 10_009, 100_003, 100_019, 100_043, 100_049],
  [131, 5, 197, 283, 421, 547, 691],
  [1913, 11, 1013, 2221, 1409, 3001, 2503],
] as const;
/** Types of quantised caches at the points. */
const cacheTypes: readonly KvType[] = ['q8_0', 'q4_0', 'q5_1'];
/** Numbers of a quantised block. */
const BLOCK_NUMBERS = 32;

export function blockBytesOf(type: KvType): number {
  return rowBytes(type, BLOCK_NUMBERS);
}

/** Kinds of windows that the points have values for; no architecture has more than two. */
export const MOST_WINDOWS = 3;
export const POINTS = points.length;

/** Variables that keep their own value at all points: sizes below which operations move between devices, and states. */
export interface FixedVariables {
  readonly each: boolean;
  readonly groups: boolean;
  readonly outputs: boolean;
  readonly block: boolean;
}

/** The settings whose caches have the types of a point. */
export function settingsAt(point: number, settings: Settings, fixed: FixedVariables): Settings {
  if (fixed.block) return settings;
  const typeAt = (type: KvType): KvType => (isQuantised(type) ? cacheTypes[point]! : type);
  return { ...settings, keyType: typeAt(settings.keyType), valueType: typeAt(settings.valueType) };
}

export function variablesAt(point: number, actual: Variables, fixed: FixedVariables): Variables {
  const [each, groups, outputs, cells, ...windowed] = points[point]!;
  return {
    each: fixed.each ? actual.each : each,
    groups: fixed.groups ? actual.groups : groups,
    outputs: fixed.outputs ? actual.outputs : outputs,
    cells,
    windowed: windowed.slice(0, actual.windowed.length),
    block: fixed.block ? actual.block : blockBytesOf(cacheTypes[point]!),
  };
}

/** The batch that has these variables. */
export function batchAt(
  batch: Batch,
  windows: readonly number[],
  variables: Variables,
  fixed: FixedVariables,
): Batch {
  const { each, groups, outputs, cells, windowed } = variables;
  return {
    tokens: each * groups,
    sequences: fixed.groups ? batch.sequences : groups,
    others: batch.others ?? 0,
    outputs,
    cells: {
      perStream: cells,
      streams: fixed.groups ? batch.cells.streams : groups,
      windowed: (window) => windowed[windows.indexOf(window)]!,
    },
  };
}

/** Values of forms. */
export function valuesOf({ constants, bases, factors, monomials }: Forms, at: Float64Array): Float64Array {
  const values = new Float64Array(constants.length);
  for (let form = 0; form < values.length; form++)
    values[form] = constants[form]! * at[bases[form]!]! + factors[form]! * at[monomials[form]!]!;
  return values;
}

/** In place of the number of a form, for a size that follows none. */
export const UNFIT = 65_535;

/** Forms that are known of one model's sizes, by their value at the first point. */
export class KnownForms {
  private readonly numbers = new Map<number, number>();
  private readonly ambiguous = new Set<number>();
  private readonly forms: Form[] = [];
  private told: Forms | null = null;

  /** The form of each size at the first point; null where one of them is not known, or could be two. */
  read(first: Float64Array): Uint16Array | null {
    const formOf = new Uint16Array(first.length);
    for (let index = 0; index < first.length; index++) {
      const number = this.numbers.get(first[index]!);
      if (number === undefined || this.ambiguous.has(first[index]!)) return null;
      formOf[index] = number;
    }
    return formOf;
  }

  /** Learns the forms of sizes seen at all points; `UNFIT` where one follows none. `at[p]` are the monomials. */
  learn(seen: readonly Float64Array[], at: readonly Float64Array[]): Uint16Array {
    const [first, second, third] = [seen[0]!, seen[1] ?? seen[0]!, seen[2] ?? seen[0]!];
    const formOf = new Uint16Array(first.length);
    const last = at.at(-1)!;
    for (let index = 0; index < first.length; index++) {
      const sizes: Sizes = [first[index]!, second[index]!, third[index]!];
      const known = this.numbers.get(sizes[0]);
      if (known !== undefined && known !== UNFIT && valueAt(this.forms[known]!, last) === sizes[2]) {
        formOf[index] = known;
        continue;
      }
      const form = findForm(sizes, at);
      formOf[index] = form === null ? UNFIT : this.forms.push(form) - 1;
      if (known !== undefined && known !== formOf[index]) this.ambiguous.add(sizes[0]);
      this.numbers.set(sizes[0], formOf[index]!);
    }
    return formOf;
  }

  all(): Forms {
    if (this.told?.constants.length === this.forms.length) return this.told;
    this.told = {
      constants: Float64Array.from(this.forms, (form) => form.constant),
      bases: Uint8Array.from(this.forms, (form) => form.base),
      factors: Float64Array.from(this.forms, (form) => form.factor),
      monomials: Uint8Array.from(this.forms, (form) => form.monomial),
    };
    return this.told;
  }
}

export interface Form {
  readonly constant: number;
  readonly base: number;
  readonly factor: number;
  readonly monomial: number;
}

function valueAt(form: Form, monomials: Float64Array): number {
  return form.constant * monomials[form.base]! + form.factor * monomials[form.monomial]!;
}

type Sizes = readonly [number, number, number];

/** A multiple alone before one with a constant, and that before one with a constant a group or a block. Factors are whole: sizes are whole bytes of each. */
function findForm(sizes: Sizes, at: readonly Float64Array[]): Form | null {
  const [first, second, third] = sizes;
  if (first === second && second === third) return { constant: first, base: 0, factor: 0, monomial: 0 };
  const count = at[0]!.length;
  for (let monomial = 1; monomial < count; monomial++) {
    const [one, two, three] = [at[0]![monomial]!, at[1]![monomial]!, at[2]![monomial]!];
    const factor = first / one;
    if (!Number.isInteger(factor)) continue;
    if (second === factor * two && third === factor * three)
      return { constant: 0, base: 0, factor, monomial };
  }
  for (let monomial = 1; monomial < count; monomial++) {
    const [one, two, three] = [at[0]![monomial]!, at[1]![monomial]!, at[2]![monomial]!];
    const factor = (second - first) / (two - one);
    if (!Number.isInteger(factor)) continue;
    const constant = first - factor * one;
    if (third === constant + factor * three) return { constant, base: 0, factor, monomial };
  }
  return findFormOf(GROUPS, sizes, at) ?? findFormOf(BLOCK, sizes, at);
}

/**
 * What each group has beside its tokens: states, and what a convolution sees of the tokens before; or each block: a look at a part of
 * a quantised row.
 */
function findFormOf(base: number, [first, second, third]: Sizes, at: readonly Float64Array[]): Form | null {
  const [ones, twos, threes] = [at[0]![base]!, at[1]![base]!, at[2]![base]!];
  if (ones === twos) return null;
  for (let monomial = 1; monomial < at[0]!.length; monomial++) {
    const [one, two, three] = [at[0]![monomial]!, at[1]![monomial]!, at[2]![monomial]!];
    const factor = (first * twos - second * ones) / (one * twos - two * ones);
    const constant = (first - factor * one) / ones;
    if (!Number.isInteger(factor) || !Number.isInteger(constant)) continue;
    if (third === constant * threes + factor * three) return { constant, base, factor, monomial };
  }
  return null;
}
