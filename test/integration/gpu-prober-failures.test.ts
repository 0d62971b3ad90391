import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/host/is-alive';
import type { ProcessStarter } from '../../src/host/own-process';
import { codes, FAST, L40S, openGpuBench, type Asking } from '../support/gpu-bench';
import { whyNoStubs } from '../support/native-stubs';

const whyNot = whyNoStubs();
if (whyNot !== null) console.warn(`the GPU prober is not tested: ${whyNot}`);

describe.skipIf(whyNot !== null)('a GPU prober that hangs or crashes', () => {
  let bench: Awaited<ReturnType<typeof openGpuBench>>;
  const probe = (asking: Asking = {}) => bench.probe(asking);
  beforeAll(async () => {
    bench = await openGpuBench();
  });
  afterEach(() => bench.reset());
  afterAll(() => bench?.remove());

  const limits = { silenceMs: 2000, wholeMs: 10_000 };

  it.each(['nvmlInit_v2', 'cuInit', 'cuDevicePrimaryCtxRetain', 'cuStreamSynchronize', 'cuMemFreeHost'])(
    'is ended when %s hangs, and keeps what it said before',
    async (call) => {
      const { cards, memory, findings, answers } = await probe({
        env: { ...FAST, STUB_HANG: call },
        limits,
      });
      expect(answers.broken).toMatch(/^timeout: the GPU driver did not answer within 2 s at: /);
      expect(answers.left).toBe(false);
      expect(isAlive(bench.pids[0]!)).toBe(false);
      expect(codes(findings)).toContain('gpu-driver-hangs');
      if (call === 'nvmlInit_v2') return;
      expect(cards[0]!.vram_total_mib.value).toBe(24564);
      expect(memory.pinnable_ceiling_gib.provenance.reason).toMatch(/^timeout: /);
    },
  );

  it.each([
    ['STUB_ABORT', 'SIGABRT', 'nvmlDeviceGetName'],
    ['STUB_SEGFAULT', 'SIGSEGV', 'cuMemcpyDtoHAsync_v2'],
    ['STUB_SEGFAULT', 'SIGSEGV', 'cuInit'],
    ['STUB_ABORT', 'SIGABRT', 'nvmlShutdown'],
  ])('takes nobody with it: %s (%s) in %s', async (variable, signal, call) => {
    const { cards, findings, answers } = await probe({ env: { ...FAST, [variable]: call } });
    expect(answers.broken).toMatch(new RegExp(`^crashed: the GPU prober was ended by ${signal}`));
    expect(codes(findings)).toContain('gpu-prober-failed');
    if (call === 'nvmlDeviceGetName') return;
    expect(cards[0]!.vram_total_mib.value).toBe(24564);
    const measured = call.startsWith('nvml') || call.startsWith('cuMemcpy');
    expect(cards[0]!.pcie_h2d_gbps.value !== null).toBe(measured);
  });

  it('falls back to nvidia-smi', async () => {
    const env = { STUB_ABORT: 'nvmlInit_v2' };
    const { cards } = await probe({ env, smi: { cards: [L40S] } });
    expect(cards[0]!.vram_source.value).toBe('nvidia-smi');
    expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toMatch(/^crashed: /);
  });

  it('ends at once when cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const asking = probe({ env: { STUB_HANG: 'nvmlInit_v2' }, signal: controller.signal });
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    expect(isAlive(bench.pids[0]!)).toBe(false);
  });

  it.each([
    ['floods.mjs', /^error: the GPU prober printed too much/],
    ['prints.mjs', /^crashed: /],
    ['none-such.cjs', /^crashed: the GPU prober ended with status 1/],
  ])('survives a prober that is not one: %s', async (name, reason) => {
    const file = resolve('test/fixtures/programs', name);
    const { answers, cards } = await probe({ file, limits });
    expect(answers.broken).toMatch(reason);
    expect(cards).toEqual([]);
  });

  it('survives a prober that cannot be started', async () => {
    const { answers } = await probe({ start: refusing });
    expect(answers.broken).toBe('not-started: the GPU prober could not be started: no process is to be had');
  });

  it.skipIf(cannotFreeze())('is left behind when it cannot die, and none is started beside it', async () => {
    const freezer = `/sys/fs/cgroup/freezer/plimsoll-prober-${process.pid}`;
    mkdirSync(freezer);
    try {
      const freezing: ProcessStarter = (file, args) => {
        const started = bench.start(file, args);
        writeFileSync(join(freezer, 'cgroup.procs'), String(started.pid));
        writeFileSync(join(freezer, 'freezer.state'), 'FROZEN');
        return started;
      };
      const log = join(bench.folder, 'calls');
      writeFileSync(log, '');
      const smi = { cards: [L40S], log };
      const asking = { start: freezing, limits: { silenceMs: 300, wholeMs: 5000 }, smi };
      const first = await probe(asking);
      expect(first.answers.left).toBe(true);
      expect(first.gpus.provenance.reason).toMatch(/^timeout: /);
      const second = await probe(asking);
      expect(second.answers.left).toBe(true);
      expect(bench.pids).toHaveLength(1);
      expect(readFileSync(log, 'utf8')).toBe('');
    } finally {
      writeFileSync(join(freezer, 'freezer.state'), 'THAWED');
      await new Promise((done) => setTimeout(done, 300));
      rmdirSync(freezer);
    }
    expect((await probe()).cards).toHaveLength(1);
  });

  it('understands a prober whose driver prints to the same pipe', async () => {
    const { cards, answers } = await probe({ env: { ...FAST, STUB_GARBAGE: '1' } });
    expect(answers.broken).toBeNull();
    expect(cards[0]!.pcie_h2d_gbps.value).toBeGreaterThan(0);
  });

  it.skipIf(existsSync('/proc/driver/nvidia/version'))(
    'says that there are no libraries on a machine without a driver',
    async () => {
      const { answers, cards, memory, findings } = await probe({ libraries: 'none' });
      expect(answers.broken).toBeNull();
      expect(answers.absent).toEqual({ nvml: expect.any(String), cuda: expect.any(String) });
      expect(memory.pinnable_ceiling_gib.provenance.reason).toMatch(/^no-driver-library: /);
      expect(cards).toEqual([]);
      expect(codes(findings)).not.toContain('gpu-prober-failed');
    },
  );
});

const refusing: ProcessStarter = () => {
  throw new Error('no process is to be had');
};

function cannotFreeze(): boolean {
  try {
    accessSync('/sys/fs/cgroup/freezer/cgroup.procs', constants.W_OK);
    return process.getuid?.() !== 0;
  } catch {
    return true;
  }
}
