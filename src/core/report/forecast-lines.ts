import type { FirstToken, Plan, Speed } from '../plan/schema';
import { stepWords } from '../calibration/step-words';
import { describePointer } from './figure-specs';
import { formatInteger, formatRate, formatTokenRate, formatUnknown } from './format';

/** One line of a forecast: what it is of, and the figures with their basis. */
export interface ForecastLine {
  readonly label: string;
  readonly text: string;
}

/** Everything that a plan says of speed, line by line; a plan of an earlier version says less. */
export function forecastEntries(plan: Plan): readonly ForecastLine[] {
  const { decode, decode_at_context: deep, prefill, first_token: first } = plan;
  return [
    { label: 'Decode', text: speedLine(decode) },
    ...(deep === null || deep.forecast_tok_s === null ? [] : [{ label: 'Full', text: deepLine(deep) }]),
    { label: 'Prefill', text: speedLine(prefill) },
    ...(first === null ? [] : [{ label: 'TTFT', text: firstTokenLine(first) }]),
  ];
}

/** A forecast with its interval, ceiling and basis; what it lacks where it cannot be made. */
export function speedLine(speed: Speed): string {
  if (speed.forecast_tok_s === null) {
    const text = withMissing(formatUnknown(), speed.missing);
    return speed.ceiling_tok_s === null ? text : `${text}; at most ${formatTokenRate(speed.ceiling_tok_s)}`;
  }
  const parts = [rangeOf(speed), ceilingOf(speed), basisOf(speed)].filter((part) => part !== null);
  return `${formatTokenRate(speed.forecast_tok_s)} (${parts.join('; ')})`;
}

function deepLine(speed: Speed): string {
  const parts = [rangeOf(speed), ceilingOf(speed)].filter((part) => part !== null);
  return `${formatTokenRate(speed.forecast_tok_s)} with ${formatInteger(speed.depth)} tokens before it (${parts.join('; ')})`;
}

/** Time to the first token, with its interval and the prompt it is for. */
export function firstTokenLine(first: FirstToken): string {
  const prompt = `a prompt of ${formatInteger(first.prompt_tokens)} tokens`;
  if (first.forecast_s === null || first.low_s === null || first.high_s === null) {
    const least = first.least_s === null ? '' : `, at least ${formatSeconds(first.least_s)}`;
    return `${formatUnknown()} for ${prompt}${least}`;
  }
  return `${formatSeconds(first.forecast_s)} for ${prompt} (${formatSeconds(first.low_s)} to ${formatSeconds(first.high_s)})`;
}

/** Seconds with two digits that matter: `0.034 s`, `2.1 s`, `34 s`, `5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 180) return `${formatInteger(seconds / 60)} min`;
  if (seconds >= 9.95) return `${formatInteger(seconds)} s`;
  return `${Number(seconds.toPrecision(2))} s`;
}

/** Words for what a forecast rests on; null where there is none. */
export function basisOf({ basis, samples, receipts }: Speed): string | null {
  if (basis === null) return null;
  if (basis === 'prior') return 'basis: prior, no receipts yet';
  if (basis === 'assumed') return 'basis: published figures of the card';
  const count = receipts.length === 0 ? samples : receipts.length;
  const names = receipts.length > 0 && receipts.length <= 3 ? ` (${receipts.join(', ')})` : '';
  return `basis: ${count} receipt${count === 1 ? '' : 's'}${names}`;
}

/** How often forecasts of this kind held, as a sentence; null where nothing was left out to try them on. */
export function heldSentence({ held, step }: Speed): string | null {
  if (held === null) return null;
  const { of, inside, median_abs_error_pct: median, worst_abs_error_pct: worst } = held;
  const differs =
    step === null || step === 'like'
      ? ''
      : ` They differ from this in ${stepWords(step)}, so the interval is wider.`;
  return `Forecasts of this kind held in ${inside} of ${of} measured runs here: median error ${formatErrorSize(median)}, worst ${formatErrorSize(worst)}.${differs}`;
}

function formatErrorSize(percent: number): string {
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

function rangeOf({ low_tok_s: low, high_tok_s: high }: Speed): string | null {
  return low === null || high === null ? null : `${formatRate(low)} to ${formatRate(high)}`;
}

function ceilingOf({ ceiling_tok_s: ceiling }: Speed): string | null {
  return ceiling === null ? null : `ceiling ${formatRate(ceiling)}`;
}

function withMissing(text: string, missing: readonly string[]): string {
  return missing.length === 0 ? text : `${text}: needs ${missing.map(describePointer).join(', ')}`;
}
