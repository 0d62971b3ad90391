import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { probeCpu } from '../../../src/host/probe/cpu';
import { probeContext, unexplained } from '../../support/probe-context';

describe('probeCpu', () => {
  it('tells what the processor is, with a method or a reason for every field', async () => {
    const { context, fractions } = probeContext();
    const { reading } = await probeCpu(context);
    expect(unexplained(reading)).toEqual([]);
    expect(reading.logical_cores.value).toBe(cpus().length);
    expect(reading.physical_cores.value ?? 1).toBeGreaterThanOrEqual(1);
    expect(reading.physical_cores.value ?? 1).toBeLessThanOrEqual(reading.logical_cores.value!);
    expect(fractions.at(-1)).toBe(1);
  });

  it('never takes a missing cache or node for none', async () => {
    const { reading } = await probeCpu(probeContext().context);
    const counts = [reading.l1d_kib, reading.l2_mib, reading.l3_mib, reading.numa_nodes];
    for (const { value } of counts) expect(value).not.toBe(0);
  });

  it.skipIf(process.arch !== 'x64' || process.platform !== 'linux')(
    'names instruction sets of x86',
    async () => {
      const { reading } = await probeCpu(probeContext().context);
      expect(reading.features.value).toContain('sse4_2');
      expect(reading.features.value).not.toContain('fpu');
    },
  );

  it('ends at once when it was cancelled before', async () => {
    const { context } = probeContext(AbortSignal.abort());
    await expect(probeCpu(context)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
