import { randomBytes } from 'node:crypto';
import type { CommandOutput } from '../../contract/commands';
import { noCalibration } from '../../core/calibration/calibrate';
import { withForecastAtReading } from '../../core/calibration/forecast-at-reading';
import type { Plan } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { buildReceipt, type TrialFacts } from '../../core/receipt/build-receipt';
import { machineId } from '../../core/receipt/machine-id';
import { calibrationFor } from '../calibration';
import { keepReceipt } from '../receipt-store';
import type { TrialOptions } from './prepare';

/** Everything of a trial but what every receipt has. */
type Outcome = Omit<TrialFacts, 'id' | 'created' | 'generator' | 'os'>;

/** Makes a receipt of it, with what would have been forecast of it, and saves that. */
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
  return { receipt, path: await keepReceipt(receipt, dataDirectory), parts: [] };
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
