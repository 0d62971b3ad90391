import { describe, expect, it } from 'vitest';
import { namedAsPlanned } from '../../../src/core/receipt/planned-names';
import { parseServerLog } from '../../../src/core/receipt/server-log';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';

const cards = [
  { vendor: 'amd', name: 'AMD Radeon RX 7900 XTX', vram_total_mib: 24_560 },
  { name: 'NVIDIA GeForce RTX 4090', vram_total_mib: 24_564 },
];
const listed = [
  { name: 'Vulkan0', description: 'NVIDIA GeForce RTX 4090', total_mib: 24_564, free_mib: 24_000 },
  { name: 'Vulkan1', description: 'AMD Radeon RX 7900 XTX', total_mib: 24_560, free_mib: 24_000 },
];
const log = [
  'load_tensors:      Vulkan0 model buffer size =  1000.00 MiB',
  'load_tensors:      Vulkan1 model buffer size =  3000.00 MiB',
  'load_tensors:   CPU_Mapped model buffer size =   100.00 MiB',
].join('\n');

function devicesIn(named: boolean, devices: string[]): readonly (readonly [string, number])[] {
  const profile = profileWith({ gpus: cards });
  const runtime_devices = named ? { program: 'llama-server', devices: listed } : null;
  const request = planRequestSchema.parse({ devices, gpu_layers: 33 });
  const plan = planModel(modelNamed('llama-3.1-8b'), { ...profile, runtime_devices }, request);
  return parseServerLog(namedAsPlanned(log, plan)).devices.map(({ device, bytes }) => [
    device,
    Math.round((bytes.get('model') ?? 0) / 2 ** 20),
  ]);
}

describe('devices in a log', () => {
  it('are those of the plan, whatever the build calls them', () => {
    expect(devicesIn(true, ['gpu0', 'gpu1'])).toEqual([
      ['gpu1', 1000],
      ['gpu0', 3000],
      ['host', 100],
    ]);
  });

  it('keep their numbers where the plan has no names for them', () => {
    expect(devicesIn(false, ['gpu1'])[0]![0]).toBe('gpu0');
  });
});
