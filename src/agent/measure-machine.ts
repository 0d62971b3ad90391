import { join, resolve } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import type { Finding } from '../core/finding';
import { assembleProfile } from '../core/profile/assemble-profile';
import { keepDisks } from '../core/profile/keep-disks';
import { formatProfile, parseProfile } from '../core/profile/parse-profile';
import type { Profile } from '../core/profile/schema';
import type { GpuProber } from '../host/probe/nvidia-prober';
import { checkSavable, saveText } from '../host/store/save-text';
import { StoreError } from '../host/store/store-error';
import { withLock } from '../host/store/with-lock';
import { keepInHistory } from './history';
import { expectingProfileErrors } from './profile-errors';
import { currentProfile, profilePath } from './profiles';
import { runProbes } from './run-probes';

export interface MeasureOptions {
  /** Program and version, e.g. `plimsoll 0.1.0`. */
  readonly generator: string;
  /** Path of the built memory-reader worker. */
  readonly memoryWorker: string;
  /** Asks NVML and CUDA; absent: nvidia-smi alone is asked. */
  readonly gpuProber?: GpuProber | undefined;
  readonly dataDirectory: string;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/**
 * Measures this machine and saves the profile when all is done: cancelled or killed before, it changes nothing. A sensor
 * that fails is a finding. Throws ExpectedError where it cannot save, or while another Plimsoll measures.
 */
export function measureMachine(
  input: ParsedInput<'profile.measure'>,
  task: Task,
  options: MeasureOptions,
): Promise<CommandOutput<'profile.measure'>> {
  const path = input.out === null ? profilePath(options.dataDirectory) : resolve(input.out);
  return expectingProfileErrors(async () => {
    task.signal.throwIfAborted();
    await checkSavable(path);
    const measured = await alone(input, task, options, () => measure(input, task, options));
    task.signal.throwIfAborted();
    const profile = input.out === null ? await asCurrent(measured, options) : measured;
    await saveText(path, formatProfile(profile));
    return { profile, path };
  });
}

/** The profile as it is to be the current one: with the disks that are known already where none was measured. */
async function asCurrent(measured: Profile, options: MeasureOptions): Promise<Profile> {
  const profile = await keptByDate(measured, options);
  const earlier = await currentProfile(options.dataDirectory).catch(() => null);
  return keepDisks(profile, earlier?.profile ?? null);
}

/** The profile as it is to be saved: a history that cannot be written is a finding, and no reason to lose the profile. */
async function keptByDate(profile: Profile, { dataDirectory }: MeasureOptions): Promise<Profile> {
  try {
    await keepInHistory(profile, dataDirectory);
    return profile;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...profile, findings: [...profile.findings, notKept(message)] };
  }
}

function notKept(message: string): Finding {
  return {
    severity: 'warning',
    code: 'history-not-kept',
    path: null,
    message: `This measurement is not kept for later comparison: ${message}`,
    remedy: 'Make the data folder one that can be written, or set PLIMSOLL_DATA_DIR to another.',
  };
}

/** Under the lock: two that measure at once would measure each other. */
async function alone<T>(
  input: ParsedInput<'profile.measure'>,
  task: Task,
  { dataDirectory }: MeasureOptions,
  run: () => Promise<T>,
): Promise<T> {
  let started = false;
  const begin = () => {
    started = true;
    return run();
  };
  try {
    return await withLock(join(dataDirectory, 'measuring'), task.signal, begin);
  } catch (error) {
    if (started || !(error instanceof StoreError)) throw error;
    if (error.code === 'locked') throw anotherMeasures(error);
    // The profile goes elsewhere: a data folder that cannot be written need not stop it.
    if (input.out !== null) return run();
    throw error;
  }
}

function anotherMeasures({ pid, path }: StoreError): ExpectedError {
  const who = pid === null ? '' : ` (process ${pid})`;
  return new ExpectedError(
    'locked',
    `Another Plimsoll is measuring this machine${who}, and two at once would measure each other.`,
    'Wait until it is done, or end it.',
    { path, pid },
  );
}

async function measure(
  input: ParsedInput<'profile.measure'>,
  task: Task,
  options: MeasureOptions,
): Promise<Profile> {
  const created = options.now();
  const parts = await runProbes(input, task, options);
  const profile = assembleProfile({ created, generator: options.generator, ...parts });
  return parseProfile(formatProfile(profile));
}
