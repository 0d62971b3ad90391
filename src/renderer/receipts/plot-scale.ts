import type { ReceiptHead } from '../../core/receipt/receipt-head';

/** A receipt that has both sides of the comparison. */
export interface PlotPoint {
  readonly id: string;
  readonly predicted: number;
  readonly measured: number;
}

/** The receipts that can be plotted. */
export function pointsOf(receipts: readonly ReceiptHead[]): readonly PlotPoint[] {
  return receipts.flatMap(({ id, predicted_decode_tok_s: predicted, measured_decode_tok_s: measured }) =>
    predicted === null || measured === null || predicted <= 0 || measured <= 0
      ? []
      : [{ id, predicted, measured }],
  );
}

/** Ends of both axes, which are one scale: a decade's 1, 2 or 5 around everything, at least one decade wide. */
export function domainOf(points: readonly PlotPoint[]): readonly [number, number] {
  const values = points.flatMap(({ predicted, measured }) => [predicted, measured]);
  if (values.length === 0) return [1, 100];
  const low = stepBelow(Math.min(...values));
  const high = stepAbove(Math.max(...values));
  return high / low >= 10 ? [low, high] : [stepBelow(low / 2), stepAbove(high * 2)];
}

/** The 1, 2 and 5 of every decade within the domain. */
export function ticksOf([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const step of STEPS) {
      const value = Number((step * 10 ** power).toPrecision(1));
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return ticks;
}

/** The least low / forecast and the most high / forecast of these receipts; null where none has a band. */
export function bandOf(
  receipts: readonly ReceiptHead[],
): { readonly low: number; readonly high: number } | null {
  const bands = receipts.flatMap(
    ({ predicted_decode_tok_s: predicted, low_decode_tok_s: low, high_decode_tok_s: high }) =>
      predicted === null || low === null || high === null || predicted <= 0
        ? []
        : [{ low: low / predicted, high: high / predicted }],
  );
  if (bands.length === 0) return null;
  return { low: Math.min(...bands.map(({ low }) => low)), high: Math.max(...bands.map(({ high }) => high)) };
}

/** The line y = ratio · x as far as it lies within the square of the domain; null where it does not. */
export function segmentOf(
  ratio: number,
  [low, high]: readonly [number, number],
): readonly [{ readonly x: number; readonly y: number }, { readonly x: number; readonly y: number }] | null {
  const from = Math.max(low, low / ratio);
  const to = Math.min(high, high / ratio);
  return from >= to
    ? null
    : [
        { x: from, y: from * ratio },
        { x: to, y: to * ratio },
      ];
}

const STEPS = [1, 2, 5] as const;

function stepBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [...STEPS].reverse().find((each) => each * power <= value * 1.001) ?? 1;
  return Number((step * power).toPrecision(1));
}

function stepAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [...STEPS, 10].find((each) => each * power >= value * 0.999) ?? 10;
  return Number((step * power).toPrecision(1));
}
