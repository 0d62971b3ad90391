import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { toGib } from '../../../src/core/units';
import { probeMemory } from '../../../src/host/probe/memory';
import { probeContext, unexplained } from '../../support/probe-context';

describe('probeMemory', () => {
  it('tells how much memory there is, with a method or a reason for every field', async () => {
    const { context, fractions } = probeContext();
    const { reading } = await probeMemory(context);
    expect(unexplained(reading)).toEqual([]);
    expect(reading.ram_total_gib.value).toBeCloseTo(toGib(totalmem()), 1);
    expect(reading.ram_available_gib.value).toBeGreaterThan(0);
    expect(reading.ram_available_gib.value).toBeLessThanOrEqual(reading.ram_total_gib.value!);
    expect(fractions.at(-1)).toBe(1);
  });

  it('leaves the bandwidth to its own probe', async () => {
    const { reading } = await probeMemory(probeContext().context);
    expect(reading.cpu_mem_bw_gbps.provenance.reason).toBe('not-measured');
    expect(reading.cpu_mem_bw_method.provenance.reason).toBe('not-measured');
  });

  it('says that there is no limit where there is none, and stays below it where there is one', async () => {
    const { reading } = await probeMemory(probeContext().context);
    const { value, provenance } = reading.ram_limit_gib;
    if (value === null) expect(provenance.reason).toMatch(/^(no-limit|not-supported)/);
    else expect(reading.ram_available_gib.value).toBeLessThanOrEqual(value);
  });

  it('ends at once when it was cancelled before', async () => {
    const { context } = probeContext(AbortSignal.abort());
    await expect(probeMemory(context)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
