import { describe, expect, it } from 'vitest';
import { deviceOfBuffer, parseServerLog } from '../../../src/core/receipt/server-log';
import { MIB } from '../../../src/core/units';
import { capturedRun } from './runs';

/** Bytes of a device's component in MiB, as the log has them. */
function mibOf(log: string, device: string): Record<string, number> {
  const found = parseServerLog(log).devices.find((each) => each.device === device);
  return Object.fromEntries([...(found?.bytes ?? [])].map(([part, bytes]) => [part, bytes / MIB]));
}

describe('the log of llama-server', () => {
  it('gives the buffers of a run on the CPU by component', () => {
    const text = capturedRun('server-cpu.txt');
    const expected = { model: 0.55, output: 0, context: 0.75, compute: 3.14 };
    for (const [part, mib] of Object.entries(mibOf(text, 'host')))
      expect(mib).toBeCloseTo(expected[part as keyof typeof expected], 5);
    expect(parseServerLog(text).offloaded).toEqual({ layers: 0, of: 4 });
    expect(parseServerLog(text).build).toBe('build 1, commit de3ff81');
  });

  it('counts mapped and repacked weights together', () => {
    expect(mibOf(capturedRun('server-repack.txt'), 'host')['model']).toBeCloseTo(0.14, 5);
  });

  it('tells another machine’s memory from the host’s', () => {
    const text = capturedRun('server-rpc.txt');
    expect(parseServerLog(text).offloaded).toEqual({ layers: 4, of: 4 });
    expect(mibOf(text, 'rpc0')).toEqual({
      model: expect.closeTo(0.08),
      context: 0.75,
      compute: expect.closeTo(3.13),
    });
    expect(mibOf(text, 'host')['model']).toBeCloseTo(0.01, 5);
  });

  it('has the breakdown at exit of every device', () => {
    expect(parseServerLog(capturedRun('server-cpu.txt')).breakdown).toEqual([
      { device: 'host', modelMib: 0, contextMib: 0, computeMib: 3, unaccountedMib: null },
    ]);
    expect(parseServerLog(capturedRun('server-rpc.txt')).breakdown[0]).toEqual({
      device: 'rpc0',
      modelMib: 0,
      contextMib: 0,
      computeMib: 3,
      unaccountedMib: -3,
    });
  });

  it('adds the caches of windowed and full layers, and takes the last of compute buffers that were reserved twice', () => {
    const text = [
      'llama_kv_cache:        CPU KV buffer size =     8.00 MiB',
      'llama_kv_cache:        CPU KV buffer size =     2.00 MiB',
      'llama_memory_recurrent:        CPU RS buffer size =     1.00 MiB',
      'sched_reserve:        CPU compute buffer size =    90.00 MiB',
      'sched_reserve:        CPU compute buffer size =    30.00 MiB',
      'sched_reserve:  CUDA_Host compute buffer size =    12.00 MiB',
    ].join('\n');
    expect(mibOf(text, 'host')).toEqual({ context: 11, compute: 42 });
  });

  it('names devices as plans do', () => {
    expect(
      ['CPU_Mapped', 'CUDA_Host', 'CUDA1', 'Vulkan0', 'MTL0_Mapped', 'RPC2[10.0.0.1:50052]'].map(
        deviceOfBuffer,
      ),
    ).toEqual(['host', 'host', 'gpu1', 'gpu0', 'gpu0', 'rpc2']);
  });

  it('is empty where there is nothing of the kind', () => {
    expect(parseServerLog('Segmentation fault')).toEqual({
      devices: [],
      offloaded: null,
      breakdown: [],
      build: null,
    });
  });
});
