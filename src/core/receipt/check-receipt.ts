import { compareSpeed, efficiencyPercent } from './compare-receipt';
import { liesInCaches } from './in-caches';
import type { Disturbance, Receipt } from './schema';

/** Figures that were rounded on their way may differ by this share. */
const TOLERANCE = 0.005;
/** A ceiling rests on a measured bandwidth, which may be this much too low; above that the figure is not to be believed. */
const OVER_CEILING_PCT = 110;

/**
 * A receipt from elsewhere as it is to be kept: marked as imported, and as disturbed where its figures contradict each
 * other or physics, so that nothing is learnt from it.
 */
export function receiptFromElsewhere(receipt: Receipt): Receipt {
  const added = contradictionsIn(receipt).filter(
    ({ code }) => !receipt.disturbances.some((known) => known.code === code),
  );
  const disturbances = [...receipt.disturbances, ...added];
  return {
    ...receipt,
    imported: true,
    disturbances,
    disturbed: receipt.disturbed || disturbances.length > 0,
  };
}

function contradictionsIn(receipt: Receipt): readonly Disturbance[] {
  const found: Disturbance[] = [];
  const { plan, measured_decode_tok_s: decode, ceiling_decode_tok_s: ceiling } = receipt;
  const expected = compareSpeed(plan, receipt.speeds);
  // what was predicted stands in the plan alone: a receipt that was sent without one cannot contradict it
  const fields = plan === null ? MEASURED : [...MEASURED, ...PREDICTED];
  const differs = fields.filter((field) => !agree(receipt[field], expected[field]));
  if (differs.length > 0) {
    const message = `Its own figures contradict ${differs.join(', ')}.`;
    found.push({ code: 'inconsistent', message });
  }
  const share = efficiencyPercent(decode, plan === null ? ceiling : expected.ceiling_decode_tok_s);
  if (share !== null && share > OVER_CEILING_PCT && !liesInCaches(receipt)) {
    const message = `Decode is said to have reached ${Math.round(share)} % of its ceiling.`;
    found.push({ code: 'above-ceiling', message });
  }
  return found;
}

const MEASURED = ['measured_decode_tok_s', 'measured_prefill_tok_s'] as const;
const PREDICTED = ['predicted_decode_tok_s', 'ceiling_decode_tok_s'] as const;

function agree(left: number | null, right: number | null): boolean {
  if (left === null || right === null) return left === right;
  return Math.abs(left - right) <= TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}
