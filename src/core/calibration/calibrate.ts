import type { Receipt } from '../receipt/schema';
import { observeReceipt } from './observe-receipt';
import type { Calibration } from './schema';

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
