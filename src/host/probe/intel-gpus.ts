import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gpuOfIntelCard } from '../../core/reading/intel-gpus';
import type { GpuGroup } from '../../core/reading/merge-gpus';
import type { ProbeContext } from './context';
import { displayDevices, readLine } from './pci-devices';

const INTEL = '0x8086';

/** Intel's cards by what the kernel tells. Not run on hardware. Throws only AbortError. */
export async function probeIntelGpus(context: ProbeContext, sysfs = '/sys'): Promise<GpuGroup> {
  const devices = await displayDevices(sysfs, INTEL);
  const at = context.now();
  const gpus = await Promise.all(
    devices.map(async ({ address, folder }) => {
      const line = (name: string) => readLine(folder, name);
      const driver = await readlink(join(folder, 'driver')).catch(() => null);
      const card = {
        address,
        deviceId: await line('device'),
        driver: driver === null ? null : basename(driver),
        localTotal: (await line('tile0/physical_vram_size_bytes')) ?? (await line('lmem_total_bytes')),
        localFree: await line('lmem_avail_bytes'),
      };
      return gpuOfIntelCard(card, at) ?? [];
    }),
  );
  context.signal.throwIfAborted();
  return { gpus: gpus.flat(), findings: [] };
}
