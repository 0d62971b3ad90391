import type { Cpu, Platform } from './schema';

/** What tells one machine from another; memory, disks and cards are left out, since they are exchanged. */
export interface MachineTraits {
  readonly platform: Pick<Platform, 'os' | 'arch'>;
  readonly cpu: Pick<Cpu, 'name' | 'physical_cores'>;
}

/** Why two cannot be one machine, in a sentence; null where nothing that both know speaks against it. */
export function whyOtherMachine(before: MachineTraits, after: MachineTraits): string | null {
  const traits = [
    ['processor', before.cpu.name, after.cpu.name],
    ['number of cores', before.cpu.physical_cores, after.cpu.physical_cores],
    ['architecture', before.platform.arch, after.platform.arch],
    ['system', before.platform.os, after.platform.os],
  ] as const;
  const found = traits.find(([, was, is]) => was !== null && is !== null && was !== is);
  return found === undefined ? null : `The ${found[0]} was ${found[1]} and is ${found[2]}.`;
}
