import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { sweepPlan } from '../core/sweep/sweep-plan';
import { calibrationFor } from './calibration';
import { readCompanions } from './companions';
import { plannedProfile } from './make-plan';
import { readModel } from './read-model';

/** The plan at every value of one choice, for the given profile, else for the stored one. Can be cancelled. */
export async function makeSweep(
  input: ParsedInput<'plan.sweep'>,
  { signal }: Task,
  dataDirectory: string,
): Promise<CommandOutput<'plan.sweep'>> {
  const { request, kind, mmproj, draft } = input;
  const profile = await plannedProfile(input.profile, dataDirectory, signal);
  const model = await readModel(input.reference, signal, dataDirectory);
  const companions = await readCompanions({ mmproj, draft }, signal, dataDirectory);
  const calibration = await calibrationFor(profile, dataDirectory);
  const steps = sweepPlan({ model, profile, request, kind, companions, calibration });
  let step = steps.next();
  while (!step.done) {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    step = steps.next();
  }
  return step.value;
}
