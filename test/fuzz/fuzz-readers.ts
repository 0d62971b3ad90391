import { ConfigError } from '../../src/core/model/config/config-error';
import { modelFromConfig } from '../../src/core/model/config/model-from-config';
import { explainModel } from '../../src/core/model/explain-model';
import { GgufError } from '../../src/core/model/gguf/gguf-error';
import { modelFromGguf } from '../../src/core/model/gguf/model-from-gguf';
import { readGguf } from '../../src/core/model/gguf/read-gguf';
import { quantNames } from '../../src/core/model/quantise/quants';
import { modelFromSafetensors } from '../../src/core/model/safetensors/model-from-safetensors';
import { readSafetensors } from '../../src/core/model/safetensors/read-safetensors';
import { SafetensorsError } from '../../src/core/model/safetensors/safetensors-error';
import { modelSchema, type Model } from '../../src/core/model/schema';
import { llamaConfig, llamaWeights, writeSafetensors } from '../core/model/safetensors/write-safetensors';
import { brokenConfig } from './config-cases';
import { driveReader, type Asked } from './drive-reader';
import { brokenGguf } from './gguf-cases';
import { mutateBytes, mutateSize } from './mutate-bytes';
import { Random } from './random';
import { brokenSafetensors } from './safetensors-cases';

/** What the cases are made from. */
export interface Corpus {
  /** Real GGUF headers. */
  readonly headers: readonly Uint8Array[];
  /** Published configs. */
  readonly configs: readonly Record<string, unknown>[];
}

export interface FuzzReport {
  readonly read: number;
  readonly refused: number;
  /** The longest that one case took. */
  readonly slowestMs: number;
  /** The longest range that a reader asked for, and the most in all in one case. */
  readonly largestRange: number;
  readonly mostAsked: number;
}

/** Longer than any case may take; the slowest takes some tens of milliseconds. */
const LONGEST_MS = 5_000;
/** A Model is checked against its schema in one of so many cases: checking takes longer than reading. */
const CHECKED = 8;

type Case = (random: Random, asked: Asked, corpus: Corpus) => Model;

/** The three readers, and how many of ten cases are each one's. */
const readers = {
  gguf: { share: 5, run: runGguf },
  safetensors: { share: 3, run: runSafetensors },
  config: { share: 2, run: runConfig },
} satisfies Record<string, { share: number; run: Case }>;

export type ReaderName = keyof typeof readers;

/**
 * Runs `count` damaged headers through the three readers: each must give a Model or a typed error with a sentence, in bounded time
 * and memory. Throws for the first that does not, naming seed and case so that it can be run again.
 */
export function fuzzReaders(
  count: number,
  seed: number,
  corpus: Corpus,
  now: () => number,
  told: (done: number) => void = () => undefined,
): Record<ReaderName, FuzzReport> {
  const reports = Object.fromEntries(
    Object.entries(readers).map(([name, { share, run }]) => {
      const cases = Math.round((count * share) / 10);
      return [name, fuzzOne(name, run, cases, seed, corpus, now, told)];
    }),
  );
  return reports as Record<ReaderName, FuzzReport>;
}

function fuzzOne(
  name: string,
  run: Case,
  count: number,
  seed: number,
  corpus: Corpus,
  now: () => number,
  told: (done: number) => void,
): FuzzReport {
  const report = { read: 0, refused: 0, slowestMs: 0, largestRange: 0, mostAsked: 0 };
  for (let index = 0; index < count; index++) {
    const asked = { largest: 0, total: 0 };
    const start = now();
    try {
      report[outcomeOf(run, new Random(seed + index), asked, corpus, index % CHECKED === 0)]++;
    } catch (error) {
      throw new Error(`${name} case ${index} of seed ${seed} failed`, { cause: error });
    }
    const took = now() - start;
    if (took > LONGEST_MS) throw new Error(`${name} case ${index} of seed ${seed} took ${took} ms`);
    report.slowestMs = Math.max(report.slowestMs, took);
    report.largestRange = Math.max(report.largestRange, asked.largest);
    report.mostAsked = Math.max(report.mostAsked, asked.total);
    told(1);
  }
  return report;
}

function outcomeOf(
  run: Case,
  random: Random,
  asked: Asked,
  corpus: Corpus,
  checked: boolean,
): 'read' | 'refused' {
  try {
    const model = run(random, asked, corpus);
    if (checked) {
      modelSchema.parse(model);
      explainModel(model);
    }
    return 'read';
  } catch (error) {
    if (!isTyped(error)) throw error;
    return 'refused';
  }
}

/** An error of a reader's own, with a sentence and, of bytes, with the place. */
function isTyped(error: unknown): boolean {
  if (error instanceof ConfigError) return error.message.endsWith('.');
  const ofBytes = error instanceof GgufError || error instanceof SafetensorsError;
  return ofBytes && error.message.endsWith('.') && Number.isFinite(error.offset) && error.offset >= 0;
}

function runGguf(random: Random, asked: Asked, { headers }: Corpus): Model {
  const whole = random.chance(0.5) ? brokenGguf(random) : random.pick(headers);
  const bytes = random.chance(0.7) ? mutateBytes(whole, random) : whole;
  const header = driveReader(readGguf, bytes, mutateSize(bytes.length, random), asked);
  return modelFromGguf(header, 'fuzz', 'fuzz.gguf');
}

const published = writeSafetensors(llamaWeights());

function runSafetensors(random: Random, asked: Asked): Model {
  const bytes = random.chance(0.7) ? brokenSafetensors(random) : mutateBytes(published, random);
  const file = driveReader(readSafetensors, bytes, mutateSize(bytes.length, random), asked);
  const config = random.chance(0.3) ? llamaConfig : null;
  return modelFromSafetensors(file, config, { name: 'fuzz', locator: 'fuzz', quant: 'Q4_K_M' });
}

function runConfig(random: Random, _: Asked, { configs }: Corpus): Model {
  const config = brokenConfig(random.pick(configs), random);
  const quant = random.chance(0.95) ? random.pick(quantNames) : 'Q9_X';
  return modelFromConfig(config, { name: 'fuzz', locator: 'config.json', quant });
}
