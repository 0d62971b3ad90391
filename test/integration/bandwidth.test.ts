import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayAdviseHugePages } from '../../src/core/reading/memory-pages';
import { probeBandwidth } from '../../src/host/probe/bandwidth';
import type { ProbeContext } from '../../src/host/probe/context';
import { buildProbes } from '../support/built-readers';
import { probeContext, unexplained } from '../support/probe-context';

let built: Awaited<ReturnType<typeof buildProbes>>;
let bare: Awaited<ReturnType<typeof buildProbes>>;
beforeAll(async () => {
  built = await buildProbes(['memory-reader'], { koffi: true });
  bare = await buildProbes(['memory-reader'], { koffi: false });
});
afterAll(() => {
  built.remove();
  bare.remove();
});

const linux = process.platform === 'linux';
const hugePages =
  linux && mayAdviseHugePages(readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8'));
const threadsOfProcess = () => (linux ? readdirSync('/proc/self/task').length : 0);

describe('probeBandwidth', () => {
  it('measures quickly and says how', async () => {
    const { context, fractions } = probeContext();
    const worker = built.file('memory-reader');
    const { reading } = await probeBandwidth(context, { worker, quick: true, physicalCores: 2 });
    expect(unexplained(reading)).toEqual([]);
    const { value, provenance } = reading.cpu_mem_bw_gbps;
    // Anything below is a bug in counting, anything above is a cache.
    expect(value).toBeGreaterThan(0.5);
    expect(value).toBeLessThan(2000);
    expect(provenance.samples!.max).toBe(value);
    expect(provenance.samples!.n).toBeGreaterThanOrEqual(3);
    expect(provenance.method).toBe(reading.cpu_mem_bw_method.value);
    expect(provenance.conditions).toMatchObject({ statistic: 'best pass', buffer_mib: expect.any(Number) });
    expect(reading.cpu_mem_bw_method.value).toMatch(/^(memchr|WASM SIMD sum), .+ pages, \d+ threads?$/);
    const { value: copied, provenance: copying } = reading.cpu_mem_copy_gbps;
    // Both directions counted, a copy is neither far slower nor far faster than reading.
    expect(copied).toBeGreaterThan(value! / 8);
    expect(copied).toBeLessThan(value! * 8);
    expect(copying.method).toMatch(/^Buffer\.copy, .+ pages, \d+ threads?$/);
    expect(copying.conditions).toMatchObject({ counted: 'bytes read and bytes written' });
    expect(fractions.at(-1)).toBe(1);
  });

  it.skipIf(!hugePages)('reads on huge pages, and on small ones for comparison', async () => {
    const worker = built.file('memory-reader');
    const { reading } = await probeBandwidth(probeContext().context, {
      worker,
      quick: false,
      physicalCores: 1,
    });
    const { conditions, method } = reading.cpu_mem_bw_gbps.provenance;
    const told = [method, ...Object.keys(conditions!)].join('\n');
    expect(told).toContain('memchr, 2 MiB pages, 1 thread');
    expect(told).toContain('WASM SIMD sum, 2 MiB pages, 1 thread');
    expect(told).toContain('memchr, 4 KiB pages, 1 thread');
  });

  it.skipIf(!hugePages)('measures without koffi and tells that it was missing', async () => {
    const worker = bare.file('memory-reader');
    const { reading, findings } = await probeBandwidth(probeContext().context, {
      worker,
      quick: true,
      physicalCores: 1,
    });
    expect(reading.cpu_mem_bw_gbps.value).toBeGreaterThan(0.5);
    expect(findings).toContainEqual(
      expect.objectContaining({
        severity: 'info',
        code: 'huge-pages-unavailable',
        message: expect.stringContaining('koffi'),
      }),
    );
  });

  // Some of these moments are within koffi's loading, where a thread that is cut off takes the process with it.
  it.each([0, 5, 10, 15, 20, 30, 40, 60, 100, 300])(
    'stops its threads when cancelled %i ms after they began',
    async (delay) => {
      const before = threadsOfProcess();
      const stop = new AbortController();
      const context: ProbeContext = {
        ...probeContext(stop.signal).context,
        progress: (_step, label) => {
          if (label.startsWith('Reading')) setTimeout(() => stop.abort(), delay);
        },
      };
      const worker = built.file('memory-reader');
      const probe = probeBandwidth(context, { worker, quick: false, physicalCores: 2 });
      await expect(probe).rejects.toMatchObject({ name: 'AbortError' });
      expect(threadsOfProcess()).toBeLessThanOrEqual(before);
    },
  );

  it('gives a reason where the worker cannot be started', async () => {
    const worker = built.file('not-there');
    const { reading } = await probeBandwidth(probeContext().context, {
      worker,
      quick: true,
      physicalCores: 1,
    });
    expect(reading.cpu_mem_bw_gbps).toMatchObject({
      value: null,
      provenance: { reason: expect.stringMatching(/^failed: /) },
    });
  });

  it('gives a reason where a worker dies in the middle', async () => {
    const worker = built.file('dying');
    writeFileSync(worker, "require('node:worker_threads').parentPort.on('message', () => process.exit(3));");
    const { reading } = await probeBandwidth(probeContext().context, {
      worker,
      quick: true,
      physicalCores: 2,
    });
    expect(reading.cpu_mem_bw_gbps.provenance.reason).toBe('failed: a reader ended with status 3');
  });
});
