import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../src/core/figure';
import type { Memory } from '../../src/core/profile/schema';
import { MIB } from '../../src/core/units';
import { buildProbes } from '../support/built-readers';

/** Where a memory cgroup can be made here, and the file that limits it; null where none can. */
function writableHierarchy(): { readonly folder: string; readonly limit: string } | null {
  const candidates = [
    { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
    { folder: '/sys/fs/cgroup', limit: 'memory.max' },
  ];
  for (const candidate of candidates) {
    const trial = join(candidate.folder, `plimsoll-trial-${process.pid}`);
    try {
      mkdirSync(trial);
      const usable = existsSync(join(trial, candidate.limit));
      rmdirSync(trial);
      if (usable) return candidate;
    } catch {
      continue;
    }
  }
  return null;
}

const hierarchy = process.platform === 'linux' ? writableHierarchy() : null;
/** Runs a script in a child of a limited cgroup: the process's own cgroup has `inner`, the one above it `outer`. */
function runLimited(
  limits: { readonly outer: number | null; readonly inner: number | null },
  script: string,
): unknown {
  const { folder, limit } = hierarchy!;
  const outer = join(folder, `plimsoll-test-${process.pid}`);
  const inner = join(outer, 'inner');
  mkdirSync(outer);
  if (limit === 'memory.max') writeFileSync(join(outer, 'cgroup.subtree_control'), '+memory');
  mkdirSync(inner);
  try {
    if (limits.outer !== null) writeFileSync(join(outer, limit), String(limits.outer));
    if (limits.inner !== null) writeFileSync(join(inner, limit), String(limits.inner));
    const enter = `require('node:fs').writeFileSync(${JSON.stringify(join(inner, 'cgroup.procs'))}, String(process.pid));`;
    const context = `const context = { now: () => 'now', signal: new AbortController().signal, progress() {} };`;
    const print = `(async () => { ${script} })().then((reading) => console.log(JSON.stringify(reading)));`;
    return JSON.parse(execFileSync(process.execPath, ['-e', enter + context + print], { encoding: 'utf8' }));
  } finally {
    rmdirSync(inner);
    rmdirSync(outer);
  }
}

const title =
  hierarchy === null ? 'a real memory limit (needs root to make a cgroup)' : 'a real memory limit';

describe.skipIf(hierarchy === null)(title, () => {
  let built: Awaited<ReturnType<typeof buildProbes>>;
  beforeAll(async () => {
    built = await buildProbes(['memory', 'bandwidth', 'memory-reader'], { koffi: true });
  });
  afterAll(() => built.remove());

  const memoryScript = () =>
    `return (await require(${JSON.stringify(built.file('memory'))}).probeMemory(context)).reading;`;

  it('counts the limit of the own cgroup', () => {
    const reading = runLimited({ outer: null, inner: 512 * MIB }, memoryScript()) as Figures<Memory>;
    expect(reading.ram_limit_gib.value).toBe(0.5);
    expect(reading.ram_available_gib.value).toBeLessThan(0.5);
    expect(reading.ram_available_gib.value).toBeGreaterThan(0.2);
    expect(reading.ram_total_gib.value).toBeGreaterThan(0.5);
  });

  it('counts the limit of an enclosing cgroup that is tighter', () => {
    const reading = runLimited({ outer: 384 * MIB, inner: 768 * MIB }, memoryScript()) as Figures<Memory>;
    expect(reading.ram_limit_gib.value).toBe(0.375);
    expect(reading.ram_available_gib.value).toBeLessThan(0.375);
  });

  it('reports no limit where none is set, however large the number in the file', () => {
    const reading = runLimited({ outer: null, inner: null }, memoryScript()) as Figures<Memory>;
    expect(reading.ram_limit_gib).toMatchObject({
      value: null,
      provenance: { reason: expect.stringMatching(/^no-limit/) },
    });
  });

  it('measures bandwidth within the limit, without being killed for it', () => {
    const options = JSON.stringify({ worker: built.file('memory-reader'), quick: true, physicalCores: 2 });
    const script = `return (await require(${JSON.stringify(built.file('bandwidth'))}).probeBandwidth(context, ${options})).reading;`;
    const reading = runLimited({ outer: null, inner: 1024 * MIB }, script) as Figures<Memory>;
    const { value, provenance } = reading.cpu_mem_bw_gbps;
    if (value === null) expect(provenance.reason).toMatch(/^too-little-memory/);
    else expect(provenance.conditions!['buffer_mib']).toBeLessThanOrEqual(256);
  });
});
