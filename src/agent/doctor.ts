import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import type { Circumstances } from '../core/doctor/age';
import { diagnose } from '../core/doctor/diagnose';
import type { Profile } from '../core/profile/schema';
import type { ProbeContext } from '../host/probe/context';
import { probeCpu } from '../host/probe/cpu';
import { probeMemory } from '../host/probe/memory';
import { lookUpMemoryModules } from '../host/probe/memory-modules';
import { probePlatform } from '../host/probe/platform';
import { currentProfile, notMeasured } from './profiles';

export interface DoctorOptions {
  readonly dataDirectory: string;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/**
 * What costs speed or safety: on this machine by its stored profile, which is held against the machine itself; or on the
 * machine of a given profile. Measures nothing. Throws ExpectedError where there is no profile.
 */
export async function askDoctor(
  input: ParsedInput<'doctor.diagnose'>,
  { signal }: Task,
  { dataDirectory, now }: DoctorOptions,
): Promise<CommandOutput<'doctor.diagnose'>> {
  const { profile: given } = input;
  if (given !== null) return answer(given, { now: now(), machine: null, memoryModules: null });
  const { profile, path } = await currentProfile(dataDirectory);
  if (profile === null) throw notMeasured(path);
  const context: ProbeContext = { now, signal, progress: () => {} };
  const machine = await lookAtMachine(context);
  signal.throwIfAborted();
  return answer(profile, { now: now(), machine, memoryModules: await lookUpMemoryModules() });
}

function answer(profile: Profile, circumstances: Circumstances): CommandOutput<'doctor.diagnose'> {
  return { created: profile.created, findings: [...diagnose(profile, circumstances)] };
}

async function lookAtMachine(context: ProbeContext): Promise<NonNullable<Circumstances['machine']>> {
  const [{ reading: platform }, { reading: cpu }, { reading: memory }] = await Promise.all([
    probePlatform(context),
    probeCpu(context),
    probeMemory(context),
  ]);
  return {
    platform: { os: platform.os.value, arch: platform.arch.value },
    cpu: { name: cpu.name.value, physical_cores: cpu.physical_cores.value },
    ramTotalGib: memory.ram_total_gib.value,
  };
}
