import { randomBytes } from 'node:crypto';
import type { CommandOutput } from '../../contract/commands';
import { noCalibration } from '../../core/calibration/calibrate';
import { withForecastAtReading } from '../../core/calibration/forecast-at-reading';
import type { Plan } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { buildReceipt, type TrialFacts } from '../../core/receipt/build-receipt';
import { machineId } from '../../core/receipt/machine-id';
import type { Receipt } from '../../core/receipt/schema';
import { calibrationFor } from '../calibration';
import { keepReceipt } from '../receipt-store';
import { StoreError } from '../../host/store/store-error';
import type { TrialOptions } from './prepare';

/** Everything of a trial but what every receipt has. */
type Outcome = Omit<TrialFacts, 'id' | 'created' | 'generator' | 'os'>;

/** Makes a receipt of it, with what would have been forecast of it, and saves that where it can be saved. */
export async function keep(
  outcome: Outcome,
  { generator, dataDirectory, now }: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  const created = now();
  const id = `${created.replaceAll(/[:.]/g, '-')}-${randomBytes(2).toString('hex')}`;
  const notes = [...machineNotes(outcome.plan, outcome.profile), ...outcome.notes];
  const built = buildReceipt({ ...outcome, id, created, generator, os: process.platform, notes });
  const { profile } = outcome;
  const calibration = profile === null ? noCalibration : await calibrationFor(profile, dataDirectory);
  const receipt = withForecastAtReading(built, calibration);
  return { receipt, ...(await kept(receipt, dataDirectory)), parts: [] };
}

/** What took minutes to measure is not lost for want of room to keep it: it is answered all the same. */
async function kept(
  receipt: Receipt,
  dataDirectory: string,
): Promise<Pick<CommandOutput<'trial.run'>, 'path' | 'not_kept'>> {
  try {
    return { path: await keepReceipt(receipt, dataDirectory), not_kept: null };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { path: null, not_kept: `${error.message} ${error.remedy}` };
  }
}

function machineNotes(plan: Plan | null, profile: Profile | null): readonly string[] {
  if (profile === null) {
    return ['This machine was not measured, so what it is stands nowhere in this receipt.'];
  }
  const planned = plan?.profile_id ?? null;
  if (planned === null || planned === machineId(profile)) return [];
  return [
    'The plan was made for another machine: its forecast and memory are that machine’s, the measurement is this one’s.',
  ];
}
