import { Text } from '@mantine/core';
import { IconCpu, IconCpu2, IconDatabase, IconDeviceDesktop, IconStack2 } from '@tabler/icons-react';
import type { Disk, Profile } from '../../core/profile/schema';
import { reasonOf } from './figure';
import { cpuSpecs, diskSpecs, gpuSpecs, memorySpecs, platformSpecs } from '../../core/report/figure-specs';
import { HardwareCard } from './hardware-card';
import { HardwareNote } from './hardware-note';
import classes from './hardware.module.css';

/** Everything that was measured, a card for each piece. */
export function Hardware({ profile }: { profile: Profile }) {
  const { platform, cpu, memory, disks } = profile.hardware;
  return (
    <div className={classes.grid}>
      <HardwareCard
        profile={profile}
        pointer="/hardware/platform"
        record={platform}
        kind="Platform"
        title={platform.os_release ?? platform.os ?? 'Unknown system'}
        icon={IconDeviceDesktop}
        specs={platformSpecs}
      />
      <HardwareCard
        profile={profile}
        pointer="/hardware/cpu"
        record={cpu}
        kind="Processor"
        title={cpu.name ?? 'Unknown processor'}
        icon={IconCpu}
        specs={cpuSpecs}
      />
      <HardwareCard
        profile={profile}
        pointer="/hardware/memory"
        record={memory}
        kind="Memory"
        title="Main memory"
        icon={IconStack2}
        specs={memorySpecs}
      />
      <Gpus profile={profile} />
      {disks.length === 0 ? (
        <HardwareNote kind="Disks" title="No disk was measured" icon={IconDatabase}>
          Choose a folder on the disk that holds your models to learn how fast they load.
        </HardwareNote>
      ) : (
        disks.map((disk, index) => (
          <DiskCard key={disk.directory} profile={profile} disk={disk} index={index} />
        ))
      )}
    </div>
  );
}

function Gpus({ profile }: { profile: Profile }) {
  const { gpus } = profile.hardware;
  if (gpus === null) {
    return (
      <HardwareNote kind="GPUs" title="Could not look for GPUs" icon={IconCpu2} tone="unknown">
        It is not known whether there is one: {reasonOf(profile.provenance['/hardware/gpus'] ?? null)}.
      </HardwareNote>
    );
  }
  if (gpus.length === 0) {
    return (
      <HardwareNote kind="GPUs" title="None found" icon={IconCpu2}>
        Plimsoll looked and this machine has none. Models run on the processor.
      </HardwareNote>
    );
  }
  return gpus.map((gpu, position) => (
    <HardwareCard
      key={gpu.index}
      profile={profile}
      pointer={`/hardware/gpus/${position}`}
      record={gpu}
      kind={`GPU ${gpu.index}`}
      title={gpu.name ?? 'Unknown GPU'}
      icon={IconCpu2}
      specs={gpuSpecs}
    />
  ));
}

function DiskCard({ profile, disk, index }: { profile: Profile; disk: Disk; index: number }) {
  if (disk.refused !== null) {
    return (
      <HardwareNote kind="Disk" title={disk.directory} icon={IconDatabase} tone="unknown">
        Not measured: {disk.refused.message}.
        <Text size="sm" c="dimmed" mt={6} component="span" display="block">
          File system: {disk.fs_type ?? 'unknown'}
        </Text>
      </HardwareNote>
    );
  }
  return (
    <HardwareCard
      profile={profile}
      pointer={`/hardware/disks/${index}`}
      record={disk}
      kind="Disk"
      title={disk.directory}
      icon={IconDatabase}
      specs={diskSpecs}
    />
  );
}
