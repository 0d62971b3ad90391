import { z } from 'zod';
import { samplesSchema, spreadOf } from '../figure';

/**
 * How fast a device read its memory right beside a run. A machine that shares its memory with others, or whose clocks move, gives
 * more at one moment than at the next, and a speed says little without it.
 */
export const bandwidthReadingSchema = z.object({
  /** As rows of memory name it: `host`. */
  device: z.string(),
  /** The start of the runtime that it belongs to, from 0. */
  start: z.number().int().nonnegative(),
  when: z.enum(['before', 'between', 'after']),
  threads: z.number().int().positive(),
  /** 10^9 bytes a second of its passes. */
  gbps: samplesSchema,
});
export type BandwidthReading = z.infer<typeof bandwidthReadingSchema>;

/** Median of what was read before each start, in 10^9 bytes a second: known before anything was measured. Null without a reading. */
export function gbpsBefore(readings: readonly BandwidthReading[], device: string): number | null {
  const before = readingsOf(steadyReadings(readings), device).filter(({ when }) => when === 'before');
  return spreadOf(before.map(({ gbps }) => gbps.median))?.median ?? null;
}

/** Mean of everything that was read around and within the starts, in 10^9 bytes a second: known only afterwards. */
export function gbpsMeanwhile(readings: readonly BandwidthReading[], device: string): number | null {
  const own = readingsOf(steadyReadings(readings), device);
  if (own.length === 0) return null;
  return own.reduce((sum, { gbps }) => sum + gbps.median, 0) / own.length;
}

/** Of one device; what cannot be, in a receipt from elsewhere, is none. */
export function readingsOf(
  readings: readonly BandwidthReading[],
  device: string,
): readonly BandwidthReading[] {
  return readings.filter((each) => each.device === device && each.gbps.median > 0);
}

/**
 * What was read before a start is to hold for it. Readings of memory that nobody else uses lie within 15 % of each other here, those on
 * two sides of a move of the guest's processors 60 to 80 % apart.
 */
const MOST_MOVE = 0.4;

/** Starts during which memory changed so far that their speeds belong to no single reading, and by how much, as a share. */
export function movedStarts(readings: readonly BandwidthReading[]): ReadonlyMap<number, number> {
  const starts = [...new Set(readings.map(({ start }) => start))];
  const moves = starts.map((start): [number, number] => [
    start,
    moveOf(readings.filter((each) => each.start === start)),
  ]);
  return new Map(moves.filter(([, move]) => move > MOST_MOVE));
}

/** Whether all of these lie so near each other that memory stood still. */
export function isSteady(readings: readonly BandwidthReading[]): boolean {
  return moveOf(readings) <= MOST_MOVE;
}

/** How far the most of one device's readings lies above its least, as a share. */
function moveOf(readings: readonly BandwidthReading[]): number {
  const devices = [...new Set(readings.map(({ device }) => device))];
  const moves = devices.map((device) => {
    const medians = readings.flatMap((each) => (each.device === device ? [each.gbps.median] : []));
    return Math.max(...medians) / Math.min(...medians) - 1;
  });
  return Math.max(0, ...moves);
}

/** Readings of the starts that count: those that did not move, or all where all of them did. */
export function steadyReadings(readings: readonly BandwidthReading[]): readonly BandwidthReading[] {
  const moved = movedStarts(readings);
  const steady = readings.filter(({ start }) => !moved.has(start));
  return steady.length > 0 ? steady : readings;
}
