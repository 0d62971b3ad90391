import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandOutput } from '../contract/commands';
import { calibrate, noCalibration } from '../core/calibration/calibrate';
import { calibrationSchema, type Calibration } from '../core/calibration/schema';
import type { Profile } from '../core/profile/schema';
import { machineId } from '../core/receipt/machine-id';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';
import { currentProfile } from './profiles';
import { loadReceipts } from './receipt-store';

/** What thousands of receipts teach stays far below this. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * What the receipts kept here teach of one machine. Worked out anew only when a receipt came or went: reading a thousand takes
 * seconds. Receipts that cannot be read teach nothing and stop nothing.
 */
export async function calibrationFor(profile: Profile, dataDirectory: string): Promise<Calibration> {
  const machine = machineId(profile);
  const stamp = await stampOf(join(dataDirectory, 'receipts'), machine);
  if (stamp === null) return noCalibration;
  const path = join(dataDirectory, 'calibration.json');
  const kept = await keptCalibration(path, stamp);
  if (kept !== null) return kept;
  const { receipts } = await loadReceipts(dataDirectory);
  const calibration = calibrate(receipts, machine);
  // Only a shortcut: where it cannot be written the next plan reads the receipts again.
  await saveText(path, JSON.stringify({ stamp, calibration })).catch(() => {});
  return calibration;
}

/** The same for the machine of the stored profile; null where it was not measured. */
export async function currentCalibration(
  dataDirectory: string,
): Promise<CommandOutput<'calibration.current'>> {
  const { profile } = await currentProfile(dataDirectory);
  return { calibration: profile === null ? null : await calibrationFor(profile, dataDirectory) };
}

/** Bumped when the same receipts teach something else. */
const METHOD = 4;

/** Changes with every receipt that comes, goes or is written anew; null where there is none. */
async function stampOf(folder: string, machine: string): Promise<string | null> {
  const names = (await readdir(folder).catch((): string[] => []))
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0) return null;
  const marks = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size, mtimeMs }) => `${name} ${size} ${mtimeMs}`,
        () => name,
      ),
    ),
  );
  return createHash('sha256')
    .update(`${METHOD} ${machine}\n${marks.join('\n')}`)
    .digest('hex');
}

async function keptCalibration(path: string, stamp: string): Promise<Calibration | null> {
  try {
    const kept = JSON.parse((await loadText(path, MAX_BYTES)) ?? 'null') as Kept | null;
    return kept?.stamp === stamp ? calibrationSchema.parse(kept.calibration) : null;
  } catch {
    return null;
  }
}

interface Kept {
  readonly stamp: unknown;
  readonly calibration: unknown;
}
