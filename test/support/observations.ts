import type { Calibration, Likeness, Observation } from '../../src/core/calibration/schema';

/** Bytes a second of the made-up machine. */
const RATES = { host: 40e9, gpu0: 900e9 };

/** What its reads and waits really cost, in seconds of one unit. */
export const TRUE_COSTS: Readonly<Record<string, number>> = {
  'read host weights float': 1 / (40e9 * 0.9),
  'read host weights q8': 1 / (40e9 * 0.8),
  'read host weights k': 1 / (40e9 * 0.55),
  'read host cache float': 1 / (40e9 * 0.4),
  'read gpu0 weights k': 1 / (900e9 * 0.7),
  'round-trip': 120e-6,
  block: 20e-6,
  token: 300e-6,
};

export const likeness: Likeness = {
  machine: 'here',
  runtime: 'llama.cpp',
  split_mode: 'none',
  devices: ['host'],
  threads: 4,
  flash_attention: true,
  tool: 'llama-server',
  build: 'build 1',
  weights: 'ballast',
  model: 'model',
};

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function trueSeconds(amounts: Readonly<Record<string, number>>): number {
  return Object.entries(amounts).reduce((sum, [name, amount]) => sum + amount * TRUE_COSTS[name]!, 0);
}

/** One measured decode; `factor` on its true time. */
export function observation(
  receipt: string,
  amounts: Readonly<Record<string, number>>,
  { factor = 1, depth = 0, ...own }: Partial<Likeness> & { factor?: number; depth?: number } = {},
): Observation {
  return {
    receipt,
    phase: 'decode',
    depth,
    seconds: trueSeconds(amounts) * factor,
    likeness: { ...likeness, ...own },
    amounts,
    rates: RATES,
    pace: null,
    starts: [],
  };
}

/** The same start, that took `factor` times as long. */
export function slowed(own: Observation, factor: number): Observation {
  return { ...own, seconds: own.seconds * factor };
}

/** Five dense models of the host: a name, and what a token of them reads at depth 0. */
export const models: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['1b k', { 'read host weights k': 0.8e9, 'read host cache float': 2e6, block: 16, token: 1 }],
  ['1b q8', { 'read host weights q8': 1.3e9, 'read host cache float': 2e6, block: 16, token: 1 }],
  ['half float', { 'read host weights float': 1.2e9, 'read host cache float': 4e6, block: 28, token: 1 }],
  ['half k', { 'read host weights k': 0.4e9, 'read host cache float': 4e6, block: 28, token: 1 }],
  ['3b k', { 'read host weights k': 1.9e9, 'read host cache float': 3e6, block: 36, token: 1 }],
];

/** Every model measured `starts` times at two depths, each start off by up to `noise`. */
export function measured(
  starts: number,
  noise: number,
  seed = 1,
  own: Partial<Likeness> = {},
): Observation[] {
  const random = randomNumbers(seed);
  return models.flatMap(([model, amounts]) =>
    Array.from({ length: starts }).flatMap((_, start) => {
      const factor = Math.exp(noise * (2 * random() - 1));
      const deep = { ...amounts, 'read host cache float': amounts['read host cache float']! * 100 };
      const name = `${model.replaceAll(' ', '-')}-${start}`;
      return [
        observation(name, amounts, { ...own, model, factor }),
        observation(name, deep, { ...own, model, factor, depth: 2000 }),
      ];
    }),
  );
}

export function calibrationOf(observations: readonly Observation[]): Calibration {
  return { observations: [...observations], overheads: [], left_out: [] };
}
