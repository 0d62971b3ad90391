import { spreadOf } from '../figure';
import type { Receipt } from '../receipt/schema';
import { observeReceipt } from './observe-receipt';
import type { Calibration, Likeness } from './schema';

/** Nothing was learnt. */
export const noCalibration: Calibration = { observations: [], overheads: [], left_out: [] };

/** What receipts teach. Those of other machines are kept apart by `lookUp`; `machine` leaves them out at once. */
export function calibrate(receipts: readonly Receipt[], machine: string | null = null): Calibration {
  const calibration: Calibration = { observations: [], overheads: [], left_out: [] };
  for (const receipt of receipts) {
    if (machine !== null && receipt.conditions.profile_id !== machine) continue;
    const lesson = observeReceipt(receipt);
    if (lesson.kind === 'left-out') {
      calibration.left_out.push({ receipt: receipt.id, reason: lesson.reason });
    } else {
      calibration.observations.push(...lesson.observations);
      calibration.overheads.push(...lesson.overheads);
    }
  }
  return calibration;
}

/** Bytes that a device takes beyond what the runtime accounts for: the median of like receipts; null without any. */
export function learntOverhead(
  { overheads }: Calibration,
  key: Pick<Likeness, 'machine' | 'runtime' | 'split_mode'>,
  device: string,
): { readonly bytes: number; readonly receipts: readonly string[] } | null {
  const like = overheads.filter(
    (each) =>
      each.device === device &&
      each.likeness.machine === key.machine &&
      each.likeness.runtime === key.runtime &&
      each.likeness.split_mode === key.split_mode,
  );
  const spread = spreadOf(like.map(({ bytes }) => bytes));
  return spread === null ? null : { bytes: spread.median, receipts: like.map(({ receipt }) => receipt) };
}
