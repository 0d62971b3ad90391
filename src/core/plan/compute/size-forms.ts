import type { Batch } from './sketch';

/**
 * What the sizes of a graph's tensors follow from while its shape stays. Each size is a constant plus a multiple of one of
 * these, or of a product of tokens, cells and groups.
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
}

/** Values of 1 and of every product that a size can follow, always in the same order. */
export function monomialsOf(variables: Variables): Float64Array {
  const { each, groups, outputs, cells, windowed } = variables;
  const tokens = each * groups;
  const kinds = [cells, ...windowed];
  return Float64Array.from([
    1,
    each,
    tokens,
    outputs,
    ...kinds,
    ...kinds.map((kind) => kind * groups),
    ...kinds.map((kind) => kind * tokens),
    tokens * tokens,
  ]);
}

/** Different sizes as forms: `constant + factor · monomial`. */
export interface Forms {
  readonly constants: Float64Array;
  readonly factors: Float64Array;
  readonly monomials: Uint8Array;
}

/** Points at which a graph is drawn to learn the forms: tokens, groups, outputs, cells, windows; primes, so that no two ratios agree. */
const points = [
  [67, 3, 71, 73, 79, 83, 89],
  [131, 5, 197, 283, 421, 547, 691],
  [1913, 11, 1013, 2221, 1409, 3001, 2503],
] as const;
/** Kinds of windows that the points have values for; no architecture has more than two. */
export const MOST_WINDOWS = 3;
export const POINTS = points.length;

/** Variables that keep their own value at all points: sizes below which operations move between devices, and states. */
export interface FixedVariables {
  readonly each: boolean;
  readonly groups: boolean;
  readonly outputs: boolean;
}

export function variablesAt(point: number, actual: Variables, fixed: FixedVariables): Variables {
  const [each, groups, outputs, cells, ...windowed] = points[point]!;
  return {
    each: fixed.each ? actual.each : each,
    groups: fixed.groups ? actual.groups : groups,
    outputs: fixed.outputs ? actual.outputs : outputs,
    cells,
    windowed: windowed.slice(0, actual.windowed.length),
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
    outputs,
    cells: {
      perStream: cells,
      streams: fixed.groups ? batch.cells.streams : groups,
      windowed: (window) => windowed[windows.indexOf(window)]!,
    },
  };
}

/**
 * The forms behind sizes seen at the points, and which of them each size has; null where one fits none. `seen[p]` are the sizes,
 * `at[p]` the monomials.
 */
export function formsOf(
  seen: readonly Float64Array[],
  at: readonly Float64Array[],
): { readonly forms: Forms; readonly formOf: Uint16Array } | null {
  const count = seen[0]!.length;
  const formOf = new Uint16Array(count);
  const known = new Map<string, number>();
  const forms: Form[] = [];
  for (let index = 0; index < count; index++) {
    const sizes: Sizes = [seen[0]![index]!, seen[1]![index]!, seen[2]![index]!];
    const key = sizes.join(' ');
    let number = known.get(key);
    if (number === undefined) {
      const form = findForm(sizes, at);
      if (form === null) return null;
      number = forms.length;
      known.set(key, number);
      forms.push(form);
    }
    formOf[index] = number;
  }
  return {
    forms: {
      constants: Float64Array.from(forms, (form) => form.constant),
      factors: Float64Array.from(forms, (form) => form.factor),
      monomials: Uint8Array.from(forms, (form) => form.monomial),
    },
    formOf,
  };
}

interface Form {
  readonly constant: number;
  readonly factor: number;
  readonly monomial: number;
}

type Sizes = readonly [number, number, number];

/** A multiple alone before one with a constant. Factors are whole: sizes are whole bytes of each. */
function findForm(sizes: Sizes, at: readonly Float64Array[]): Form | null {
  const [first, second, third] = sizes;
  if (first === second && second === third) return { constant: first, factor: 0, monomial: 0 };
  const count = at[0]!.length;
  for (let monomial = 1; monomial < count; monomial++) {
    const [one, two, three] = [at[0]![monomial]!, at[1]![monomial]!, at[2]![monomial]!];
    const factor = first / one;
    if (!Number.isInteger(factor)) continue;
    if (second === factor * two && third === factor * three) return { constant: 0, factor, monomial };
  }
  for (let monomial = 1; monomial < count; monomial++) {
    const [one, two, three] = [at[0]![monomial]!, at[1]![monomial]!, at[2]![monomial]!];
    const factor = (second - first) / (two - one);
    if (!Number.isInteger(factor)) continue;
    const constant = first - factor * one;
    if (third === constant + factor * three) return { constant, factor, monomial };
  }
  return null;
}
