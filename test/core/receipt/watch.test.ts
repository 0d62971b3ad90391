import { describe, expect, it } from 'vitest';
import { parseGpuProcesses, parseGpuSample } from '../../../src/core/receipt/gpu-samples';
import { DEFAULT_LIMITS, EnvelopeFold, judgeSample, type WatchSample } from '../../../src/core/receipt/watch';
import { GIB, MIB } from '../../../src/core/units';

const calm: WatchSample = {
  availableBytes: 8 * GIB,
  totalBytes: 16 * GIB,
  rssBytes: GIB,
  ownCpuSeconds: 0,
  busyCpuSeconds: 10,
  gpus: [],
};
/** As `nvidia-smi --query-gpu=… --format=csv,noheader,nounits -lms` prints it. */
const line = '0, 20480, 71, 310.55, 350.00, 4, 4, 8, 16, 0x0000000000000004';

describe('the watchdog', () => {
  it('lets a calm machine be', () => {
    expect(judgeSample(calm, DEFAULT_LIMITS)).toBeNull();
  });

  it('ends a run that takes the host’s memory, leaves too little of it, or overheats a card', () => {
    const low = { ...calm, availableBytes: 0.4 * GIB };
    expect(judgeSample(low, DEFAULT_LIMITS)?.code).toBe('host-memory');
    const least = { ...DEFAULT_LIMITS, hostShare: null, leastAvailableBytes: GIB };
    expect(judgeSample(low, least)?.code).toBe('available-memory');
    const hot = { ...calm, gpus: [{ ...parseGpuSample(line)!, temperatureC: 99 }] };
    expect(judgeSample(hot, DEFAULT_LIMITS)?.message).toMatch(/a GPU had 99 °C/);
  });

  it('ends nothing for what cannot be read', () => {
    const blind = { ...calm, availableBytes: null, totalBytes: null };
    expect(judgeSample(blind, DEFAULT_LIMITS)).toBeNull();
  });

  it('keeps the peaks, the least, and what others took of the processor', () => {
    const fold = new EnvelopeFold();
    fold.add({ ...calm, gpus: [{ ...parseGpuSample(line)!, usedBytes: 500 * MIB }] });
    fold.add({ ...calm, availableBytes: 2 * GIB, rssBytes: 6 * GIB, gpus: [parseGpuSample(line)!] });
    fold.add({ ...calm, ownCpuSeconds: 12, busyCpuSeconds: 26 });
    expect(fold.envelope(10, 2)).toMatchObject({
      samples: 3,
      peak_rss_bytes: 6 * GIB,
      least_available_bytes: 2 * GIB,
      peak_host_share: 0.875,
      other_cpu_share: 0.2,
      gpus: [
        {
          device: 'gpu0',
          idle_memory_bytes: 500 * MIB,
          peak_memory_bytes: 20_480 * MIB,
          peak_power_w: 310.55,
          link_width: 8,
          link_width_max: 16,
          throttle: ['power-cap'],
        },
      ],
    });
  });

  it('reads a card’s line, what it does not tell as null, and nothing else', () => {
    expect(
      parseGpuSample('1, 10, [N/A], [Not Supported], 70.00, 1, 3, 16, 16, 0x00000000000000E9'),
    ).toMatchObject({
      index: 1,
      temperatureC: null,
      powerW: null,
      throttle: ['hardware-slowdown', 'software-thermal', 'hardware-thermal', 'power-brake'],
    });
    expect(parseGpuSample('Unable to determine the device handle')).toBeNull();
    expect(parseGpuProcesses('4242, /usr/bin/blender\nNo running processes found\n')).toEqual([
      { pid: 4242, name: '/usr/bin/blender' },
    ]);
  });
});
