import { spreadOf } from '../figure';
import { grouped } from '../grouped';
import type { Envelope, MeasuredSpeed } from './schema';

/**
 * Speeds of several starts as one list: of each phase, depth and count of tokens the median of the starts' medians, the least
 * and the most of all.
 */
export function mergeSpeeds(starts: readonly (readonly MeasuredSpeed[])[]): readonly MeasuredSpeed[] {
  const groups = grouped(starts.flat(), ({ phase, depth, tokens }) => `${phase} ${depth} ${tokens}`);
  return [...groups.values()].map((same) => {
    const { phase, depth, tokens } = same[0]!;
    const all = same.map(({ tok_s }) => tok_s);
    const tok_s = {
      n: all.reduce((sum, { n }) => sum + n, 0),
      min: Math.min(...all.map(({ min }) => min)),
      median: spreadOf(all.map(({ median }) => median))!.median,
      max: Math.max(...all.map(({ max }) => max)),
    };
    return { phase, depth, tokens, tok_s };
  });
}

/** The most and least of several runs, one after the other; null where none was watched. */
export function mergeEnvelopes(all: readonly (Envelope | null)[]): Envelope | null {
  const [first, ...rest] = all.filter((each) => each !== null);
  return first === undefined ? null : rest.reduce(joined, first);
}

function joined(left: Envelope, right: Envelope): Envelope {
  return {
    samples: left.samples + right.samples,
    seconds: left.seconds + right.seconds,
    peak_rss_bytes: most(left.peak_rss_bytes, right.peak_rss_bytes),
    peak_host_used_bytes: most(left.peak_host_used_bytes, right.peak_host_used_bytes),
    peak_host_share: most(left.peak_host_share, right.peak_host_share),
    least_available_bytes: least(left.least_available_bytes, right.least_available_bytes),
    gpus: left.gpus.map((gpu) =>
      joinedGpu(
        gpu,
        right.gpus.find(({ device }) => device === gpu.device),
      ),
    ),
    other_cpu_share: most(left.other_cpu_share, right.other_cpu_share),
  };
}

type Card = Envelope['gpus'][number];

function joinedGpu(left: Card, right: Card | undefined): Card {
  if (right === undefined) return left;
  return {
    ...left,
    peak_memory_bytes: most(left.peak_memory_bytes, right.peak_memory_bytes),
    peak_temperature_c: most(left.peak_temperature_c, right.peak_temperature_c),
    peak_power_w: most(left.peak_power_w, right.peak_power_w),
    link_width: most(left.link_width, right.link_width),
    link_generation: most(left.link_generation, right.link_generation),
    throttle: [...new Set([...left.throttle, ...right.throttle])],
  };
}

function most(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

function least(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}
