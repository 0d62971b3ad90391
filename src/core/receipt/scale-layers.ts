import { spreadOf } from '../figure';
import type { MeasuredSpeed, SpeedAtDepth } from './schema';

/** What was measured of one part of a model's layers. */
export interface MeasuredPart {
  readonly layers: number;
  readonly speeds: readonly SpeedAtDepth[];
  /** The same of each start of the runtime, in the order in which parts took turns; fewer than two: there were none. */
  readonly turns?: readonly (readonly MeasuredSpeed[])[];
}

/**
 * Speeds of the whole model from two of its parts: seconds of a token grow in proportion to what it reads (of a prompt, to what
 * it computes) beyond what both parts share, so that blocks of several sizes and the output layer count for what they are. `wholes`
 * are the whole model's amounts; without them time grows with the layers. Where parts took turns each turn is scaled by itself and
 * the median counts: what memory gives then is the same for both. Null where the parts have no decode in common.
 */
export function scaleSpeeds(
  parts: readonly [MeasuredPart, MeasuredPart],
  layers: number,
  wholes: readonly SpeedAtDepth[],
): readonly MeasuredSpeed[] | null {
  const [small, large] = parts[0].layers < parts[1].layers ? parts : [parts[1], parts[0]];
  const scaled = large.speeds.flatMap((speed) => {
    const before = small.speeds.find((each) => isSame(each, speed));
    if (before === undefined) return [];
    const whole = wholes.find((each) => isSame(each, speed));
    const reach = reachOf(before, speed, whole) ?? (layers - large.layers) / (large.layers - small.layers);
    return (
      scaledByTurns(small.turns ?? [], large.turns ?? [], speed, reach) ?? scaledSpeed(before, speed, reach)
    );
  });
  return scaled.some(({ phase }) => phase === 'decode') ? scaled : null;
}

/** Null where parts did not take turns. */
function scaledByTurns(
  small: readonly (readonly MeasuredSpeed[])[],
  large: readonly (readonly MeasuredSpeed[])[],
  { phase, depth, tokens }: SpeedAtDepth,
  reach: number,
): readonly MeasuredSpeed[] | null {
  const medianIn = (turn: readonly MeasuredSpeed[] | undefined): number | null =>
    turn?.find((each) => isSame(each, { phase, depth, tokens }))?.tok_s.median ?? null;
  const turns = large.flatMap((turn, index) => {
    const [few, more] = [medianIn(small[index]), medianIn(turn)];
    const speed = few === null || more === null ? null : extrapolated(few, more, reach);
    return speed === null ? [] : [speed];
  });
  return turns.length < 2 ? null : [{ phase, depth, tokens, tok_s: spreadOf(turns)! }];
}

type Key = Omit<MeasuredSpeed, 'tok_s'>;

function isSame(left: Key, right: Key): boolean {
  return left.phase === right.phase && left.depth === right.depth && left.tokens === right.tokens;
}

/** The ends are those of the fastest part with the slowest other one. */
function scaledSpeed(small: SpeedAtDepth, large: SpeedAtDepth, reach: number): readonly MeasuredSpeed[] {
  const median = extrapolated(small.tok_s.median, large.tok_s.median, reach);
  if (median === null) return [];
  const ends = [
    median,
    extrapolated(small.tok_s.max, large.tok_s.min, reach) ?? median,
    extrapolated(small.tok_s.min, large.tok_s.max, reach) ?? median,
  ];
  const { phase, depth, tokens } = large;
  const n = Math.min(small.tok_s.n, large.tok_s.n);
  return [{ phase, depth, tokens, tok_s: { n, min: Math.min(...ends), median, max: Math.max(...ends) } }];
}

/** How many times the step between the parts lies between the larger one and the whole; null where amounts are not known. */
function reachOf(small: SpeedAtDepth, large: SpeedAtDepth, whole: SpeedAtDepth | undefined): number | null {
  const few = sumOf(small.amounts);
  const more = sumOf(large.amounts);
  const all = sumOf(whole?.amounts ?? null);
  return few === null || more === null || all === null || more <= few ? null : (all - more) / (more - few);
}

/** Bytes read, or operations of a prompt. */
function sumOf(amounts: SpeedAtDepth['amounts']): number | null {
  if (amounts === null) return null;
  const sizes = Object.entries(amounts).filter(([name]) => /^(?:read|work) /.test(name));
  return sizes.reduce((sum, [, amount]) => sum + amount, 0);
}

/** Tokens a second; null where the parts contradict each other so far that no time would be left. */
function extrapolated(small: number, large: number, reach: number): number | null {
  const seconds = 1 / large + (1 / large - 1 / small) * reach;
  return seconds > 0 && Number.isFinite(seconds) ? 1 / seconds : null;
}
