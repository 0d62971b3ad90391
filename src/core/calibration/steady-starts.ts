import { type BandwidthReading, gbpsBefore, gbpsMeanwhile, isSteady, readingsOf } from '../receipt/readings';
import type { Receipt, SpeedAtDepth } from '../receipt/schema';
import { GB } from '../units';
import type { OwnStart, Pace } from './schema';

/** One start of a receipt with what memory gave beside it. */
export interface PacedStart extends OwnStart {
  /** Memory stood still around it. */
  readonly steady: boolean;
  /** Memory gave no less beside it than it read beyond what caches are known to hold. */
  readonly explained: boolean;
}

/**
 * Starts of the runtime at one speed with what host memory gave beside each; empty where that is not known. A receipt of one start is
 * its own start.
 */
export function pacedStarts(receipt: Receipt, speed: SpeedAtDepth): readonly PacedStart[] {
  const readings = readingsOf(receipt.readings, 'host');
  return ratesOfStarts(receipt, speed).flatMap(({ start, tok_s: rate }) => {
    const own = readings.filter((each) => each.start === start);
    const pace = paceOf(own);
    if (pace === null || rate <= 0) return [];
    const seconds = 1 / rate;
    const fastest = Math.max(...own.map(({ gbps }) => gbps.max)) * GB;
    const explained = seconds * fastest * OVER_PASSES >= bytesFromMemory(receipt, speed);
    return [{ seconds, pace, steady: isSteady(own), explained }];
  });
}

interface RateOfStart {
  readonly start: number;
  readonly tok_s: number;
}

function ratesOfStarts(receipt: Receipt, speed: SpeedAtDepth): readonly RateOfStart[] {
  const { starts, speeds } = receipt;
  if (starts.length === 0) return [{ start: 0, tok_s: speed.tok_s.median }];
  if (starts.every(({ start }) => start !== null)) {
    return starts.flatMap(({ start, fault, speeds: own }) => {
      const same = own.find((each) => isSame(each, speed));
      const counts = fault === null || starts.every((each) => each.fault !== null);
      return same === undefined || !counts ? [] : [{ start: start!, tok_s: same.tok_s.median }];
    });
  }
  const least = Math.min(...speeds.flatMap((each) => (each.phase === speed.phase ? [each.depth] : [])));
  return speed.depth === least ? ratesBefore12(receipt, speed.phase) : [];
}

/** Receipts before 1.2 hold only the starts that count, without saying which they were: those around which memory stood still. */
function ratesBefore12({ starts, readings }: Receipt, phase: SpeedAtDepth['phase']): readonly RateOfStart[] {
  const all = [...new Set(readings.map(({ start }) => start))].sort((left, right) => left - right);
  const still = all.filter((start) =>
    isSteady(readings.filter((each) => each.start === start && each.when !== 'between')),
  );
  const counted = still.length > 0 ? still : all;
  if (counted.length !== starts.length) return [];
  return counted.flatMap((start, index) => {
    const { decode_tok_s: decode, prefill_tok_s: prefill } = starts[index]!;
    const rate = phase === 'decode' ? decode : prefill;
    return rate === null ? [] : [{ start, tok_s: rate }];
  });
}

function isSame(left: Omit<SpeedAtDepth, 'amounts' | 'tok_s'>, right: SpeedAtDepth): boolean {
  return left.phase === right.phase && left.depth === right.depth && left.tokens === right.tokens;
}

/** What host memory gave before these starts, and around and within them; null where nobody looked. */
export function paceOf(readings: readonly BandwidthReading[]): Pace | null {
  const [before, meanwhile] = [gbpsBefore(readings, 'host'), gbpsMeanwhile(readings, 'host')];
  return before === null || meanwhile === null ? null : { before: before * GB, meanwhile: meanwhile * GB };
}

/**
 * What no cache holds is read no faster than memory gives: where it was by more than this over the fastest of all passes, memory gave
 * more meanwhile than beside it. Passes of one reading lie 3 % above its median (the median of 1,754). Of 290 undisturbed starts on one
 * machine none reached more than 0.94 of the fastest pass but one: 1.12, of a runtime that is not interrupted for a reading.
 */
const OVER_PASSES = 1.05;

/** What a token of a decode reads of weights beyond what caches are known to hold: all of them where their size is not. */
function bytesFromMemory({ conditions }: Receipt, { phase, amounts }: SpeedAtDepth): number {
  const { cpu_cache_bytes: cached } = conditions;
  if (phase !== 'decode' || amounts === null) return 0;
  const weights = Object.entries(amounts).filter(([name]) => name.startsWith('read host weights '));
  return weights.reduce((sum, [, amount]) => sum + amount, 0) - (cached ?? 0);
}
