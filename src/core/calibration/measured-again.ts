import { spreadOf } from '../figure';
import { grouped } from '../grouped';
import type { Receipt } from '../receipt/schema';
import type { MeasuredAgain, ScoredReceipt } from './score-schema';

/**
 * Decodes that were measured more than once under the same conditions: how far each lies from the median of the others, and how far from
 * its forecast. What no forecast can be expected to undercut, as nobody could know more than what the same run gave at other times.
 */
export function measuredAgain(
  scored: readonly ScoredReceipt[],
  receipts: ReadonlyMap<string, Receipt>,
): MeasuredAgain {
  const decode = scored.filter(({ phase, by_receipt: held }) => phase === 'decode' && held !== null);
  const same = [...grouped(decode, (each) => conditionsKey(each, receipts.get(each.receipt)!)).values()];
  const again = same.filter((own) => own.length > 1);
  const others = again.flatMap((own) =>
    own.map((each) => errorOf(each, medianOf(own.filter((one) => one !== each)))),
  );
  const forecasts = again.flat().map(({ by_receipt: held }) => Math.abs(held!.error_pct));
  return { speeds: others.length, others: sizesOf(others), forecasts: sizesOf(forecasts) };
}

/** Equal for the same file, program, arguments that decide speed, machine and depth. */
function conditionsKey({ depth }: ScoredReceipt, { model, conditions }: Receipt): string {
  const { tool, build, backends, threads, devices, profile_id: machine, power_source: power } = conditions;
  const { context, sequences, batch, micro_batch: microBatch } = conditions;
  const { kv_type_k: keys, kv_type_v: values, flash_attention: flash } = conditions;
  const { split_mode: split, gpu_layers: layers, cpu_moe_layers: moe, driver_version: driver } = conditions;
  return JSON.stringify([
    [model.header_sha256 ?? model.name, depth],
    [tool, build, backends, threads, devices, machine, power, driver],
    [context, sequences, batch, microBatch, keys, values, flash, split, layers, moe],
  ]);
}

function medianOf(scored: readonly ScoredReceipt[]): number {
  return spreadOf(scored.map(({ measured_tok_s: speed }) => speed))!.median;
}

function errorOf({ measured_tok_s: measured }: ScoredReceipt, expected: number): number {
  return 100 * Math.abs(expected / measured - 1);
}

function sizesOf(errors: readonly number[]): MeasuredAgain['others'] {
  return {
    median_abs_error_pct: spreadOf(errors)?.median ?? null,
    worst_abs_error_pct: errors.length === 0 ? null : Math.max(...errors),
  };
}
