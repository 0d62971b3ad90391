import { describe, expect, it } from 'vitest';
import { buildReceipt, type TrialFacts } from '../../../src/core/receipt/build-receipt';
import { receiptFromElsewhere } from '../../../src/core/receipt/check-receipt';
import { errorPercent, summarise } from '../../../src/core/receipt/compare-receipt';
import { machineId } from '../../../src/core/receipt/machine-id';
import { formatReceipt, parseReceipt } from '../../../src/core/receipt/parse-receipt';
import type { Envelope, MeasuredSpeed, Receipt } from '../../../src/core/receipt/schema';
import type { BandwidthReading } from '../../../src/core/receipt/readings';
import { receiptText } from '../../../src/core/report/receipt-text';
import { parseServerLog } from '../../../src/core/receipt/server-log';
import { GIB, MIB } from '../../../src/core/units';
import { gpuWith, profileWith } from '../plan/profiles';
import { factsOf } from '../../support/receipts';
import { samplePlan } from '../report/sample-plan';
import { capturedRun } from './runs';

function speed(phase: MeasuredSpeed['phase'], depth: number, median: number, width = 0.02): MeasuredSpeed {
  return {
    phase,
    depth,
    tokens: 64,
    tok_s: { n: 3, min: median * (1 - width / 2), median, max: median * (1 + width / 2) },
  };
}

const card: Envelope['gpus'][number] = {
  device: 'gpu0',
  idle_memory_bytes: 300 * MIB,
  peak_memory_bytes: 18 * GIB,
  peak_temperature_c: 71,
  peak_power_w: 310,
  power_limit_w: 350,
  link_width: 16,
  link_width_max: 16,
  link_generation: 4,
  link_generation_max: 4,
  throttle: [],
};

const envelope: Envelope = {
  samples: 20,
  seconds: 20,
  peak_rss_bytes: 2 * GIB,
  peak_host_used_bytes: 6 * GIB,
  peak_host_share: 0.4,
  least_available_bytes: 9 * GIB,
  gpus: [card],
  other_cpu_share: 0.02,
};

function readingsOf(gbps: number, threads: number): BandwidthReading[] {
  return (['before', 'after'] as const).map((when) => {
    const samples = { n: 5, min: gbps - 1, median: gbps, max: gbps + 1 };
    return { device: 'host', start: 0, when, threads, gbps: samples };
  });
}

function told({ findings }: Receipt) {
  return findings.find(({ code }) => code === 'above-ceiling');
}

const profile = profileWith({ gpus: [gpuWith({ driver_version: '595.58.03' })] });

const quiet = factsOf('one', {
  profile,
  runtime: {
    tool: 'llama-server',
    build: 'build 1, commit de3ff81',
    backends: null,
    argv: ['-m', 'x.gguf', '-lm', 'mmap'],
    env: {},
    splitMode: null,
    context: null,
  },
  log: parseServerLog(capturedRun('server-cpu.txt')),
  speeds: [speed('prefill', 0, 900), speed('decode', 4096, 30), speed('decode', 0, 40)],
  envelope,
  powerSource: 'mains',
});

describe('a receipt', () => {
  it('puts the decode at the least depth beside the plan’s, by the seed’s names', () => {
    expect(buildReceipt(quiet)).toMatchObject({
      runtime: 'llama.cpp',
      measured_decode_tok_s: 40,
      measured_prefill_tok_s: 900,
      predicted_decode_tok_s: 36,
      ceiling_decode_tok_s: 60,
      decode_error_pct: (100 * 4) / 36,
      realized_efficiency_pct: expect.closeTo(66.667, 2) as number,
      within_band: true,
      cleared_floor: true,
      peak_host_mem_pct: 40,
      min_host_avail_mib: 9 * 1024,
      safety_samples: 20,
      stayed_within_envelope: true,
      disturbed: false,
    });
  });

  it('does not say that weights took nothing where the log lost their lines', () => {
    const log = capturedRun('server-cpu.txt').replaceAll(/^.*model buffer size.*$/gm, '');
    const { memory } = buildReceipt({ ...quiet, log: parseServerLog(log) });
    const weights = memory.find(({ device, component }) => device === 'host' && component === 'model');
    expect(weights).toMatchObject({ measured_bytes: null, error_pct: null });
    expect(weights!.predicted_bytes).toBeGreaterThan(0);
  });

  it('has memory by device and component beside the plan’s, with null where one side does not know', () => {
    const { memory } = buildReceipt(quiet);
    const of = (device: string, component: string) =>
      memory.find((row) => row.device === device && row.component === component);
    expect(of('host', 'model')).toMatchObject({
      predicted_bytes: 5 * GIB,
      error_pct: expect.closeTo(-99.99) as number,
    });
    expect(of('gpu0', 'model')).toMatchObject({ measured_bytes: null, error_pct: null });
    expect(of('host', 'compute')).toMatchObject({ predicted_bytes: 0, error_pct: null });
    expect(of('host', 'overhead')).toMatchObject({ measured_bytes: null });
  });

  it('says under which conditions it was measured', () => {
    expect(buildReceipt(quiet).conditions).toMatchObject({
      tool: 'llama-server',
      context: 32_768,
      kv_type_k: 'f16',
      flash_attention: true,
      split_mode: 'layer',
      threads: 8,
      load_mode: 'mmap',
      driver_version: '595.58.03',
      profile_id: machineId(profile),
      plan_profile_id: null,
      power_source: 'mains',
    });
  });

  it('says what its processor’s second and third level hold together, and nothing where one is not known', () => {
    const cached = (l2: number | null, l3: number | null) => {
      const { hardware } = profile;
      const cpu = { ...hardware.cpu, l2_mib: l2, l3_mib: l3 };
      const machine = { ...profile, hardware: { ...hardware, cpu } };
      return buildReceipt({ ...quiet, profile: machine }).conditions.cpu_cache_bytes;
    };
    expect(cached(2, 32)).toBe(34 * MIB);
    expect(cached(2, null)).toBeNull();
    expect(cached(null, 32)).toBeNull();
    expect(buildReceipt({ ...quiet, profile: null }).conditions.cpu_cache_bytes).toBeNull();
  });

  it('claims nothing of the flags of a server that somebody else started', () => {
    const runtime = { ...quiet.runtime, tool: 'llama-server-url', argv: null, context: 4096 } as const;
    expect(buildReceipt({ ...quiet, runtime, log: null })).toMatchObject({
      conditions: { argv: null, context: 4096, kv_type_k: null, gpu_layers: null, split_mode: null },
      memory: [],
      measured_vram_used_mib: null,
    });
  });

  it('names the other machine where the plan is from one', () => {
    const plan = samplePlan({ profile_id: '0123456789abcdef' });
    expect(buildReceipt({ ...quiet, plan }).conditions.plan_profile_id).toBe('0123456789abcdef');
  });

  const disturbed: readonly (readonly [string, Partial<TrialFacts>])[] = [
    ['busy-host', { envelope: { ...envelope, other_cpu_share: 0.4 } }],
    ['busy-gpu', { otherGpuProcesses: ['blender'] }],
    ['unsteady', { speeds: [speed('decode', 0, 40, 0.6)] }],
    ['throttled', { envelope: { ...envelope, gpus: [{ ...card, throttle: ['hardware-thermal'] }] } }],
    ['host-memory', { stoppedBy: { code: 'host-memory', message: 'x' } }],
  ];
  it.each(disturbed)('is marked as disturbed: %s', (code, change) => {
    const receipt = buildReceipt({ ...quiet, ...change });
    expect(receipt.disturbed).toBe(true);
    expect(receipt.disturbances.map((each) => each.code)).toEqual([code]);
  });

  it('finds hardware that gives less than it could', () => {
    const gpus = [{ ...card, link_width: 8, link_generation: 3, throttle: ['power-cap'] }];
    const receipt = buildReceipt({ ...quiet, envelope: { ...envelope, gpus }, powerSource: 'battery' });
    expect(receipt.findings.map(({ code }) => code)).toEqual([
      'pcie-narrow',
      'pcie-slow',
      'power-cap',
      'on-battery',
    ]);
    expect(receipt.disturbed).toBe(false);
  });

  it.each([
    ['gpu-hot', ['software-thermal'], /gpu0 reached its temperature limit at 71 °C/],
    ['gpu-hot', ['hardware-slowdown', 'hardware-thermal'], /temperature limit/],
    ['power-brake', ['hardware-slowdown', 'power-brake'], /power supply/],
    ['hardware-slowdown', ['hardware-slowdown'], /by its hardware/],
  ])('finds a card that slowed itself down: %s of %j', (code, throttle, message) => {
    const receipt = buildReceipt({ ...quiet, envelope: { ...envelope, gpus: [{ ...card, throttle }] } });
    expect(receipt.findings).toEqual([
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    ]);
    expect(receipt.findings[0]!.remedy).not.toBeNull();
    expect(receipt.disturbances.map((each) => each.code)).toEqual(['throttled']);
  });

  it('finds a card that the watchdog ended the run for', () => {
    const stoppedBy = { code: 'temperature', message: 'The watchdog ended the run: a GPU had 97 °C.' };
    const receipt = buildReceipt({ ...quiet, stoppedBy });
    expect(receipt.findings.map(({ code }) => code)).toEqual(['temperature-limit']);
  });

  it('finds memory that gives well below what the profile says, with both figures and a remedy', () => {
    const own = profileWith({ ramGbps: 64.3 });
    const findings = (gbps: number, threads: number) =>
      buildReceipt({ ...quiet, profile: own, readings: readingsOf(gbps, threads) }).findings;
    const [slow] = findings(33.5, 8);
    expect(slow).toMatchObject({ code: 'memory-slow', severity: 'warning', path: '/readings' });
    expect(slow!.message).toMatch(/gave 33\.50 GB\/s .* 52 % of the 64\.30 GB\/s/);
    expect(slow!.remedy).toMatch(/plimsoll probe/);
    const text = receiptText(buildReceipt({ ...quiet, profile: own, readings: readingsOf(33.5, 8) }));
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/Worth knowing.*33\.50 GB\/s.*64\.30 GB\/s/);
    expect(findings(52, 8)).toEqual([]);
    // one thread of eight cannot say it
    expect(findings(33.5, 1)).toEqual([]);
  });

  it('finds memory that the driver put elsewhere than on the card', () => {
    const log = parseServerLog('load_tensors:        CUDA0 model buffer size = 22000.00 MiB');
    expect(buildReceipt({ ...quiet, log }).findings.map(({ code }) => code)).toEqual(['spilled']);
  });

  it('says so where decode is above its ceiling', () => {
    const receipt = buildReceipt({ ...quiet, speeds: [speed('decode', 0, 90)] });
    expect(receipt.findings.map(({ code }) => code)).toContain('above-ceiling');
  });

  it('may be above its ceiling where the processor’s caches hold all of the model, and is believed elsewhere too', () => {
    const { hardware } = profile;
    const cpu = { ...hardware.cpu, l2_mib: 2, l3_mib: 32 };
    const reached = (fileMib: number, layers: number) => {
      const plan = samplePlan();
      return buildReceipt({
        ...quiet,
        profile: { ...profile, hardware: { ...hardware, cpu } },
        plan: { ...plan, placement: { ...plan.placement, gpu_layers: layers } },
        model: { ...quiet.model, file_bytes: fileMib * MIB },
        speeds: [speed('decode', 0, 90)],
      });
    };
    const inside = reached(34, 0);
    expect(told(inside)).toMatchObject({ severity: 'info', message: expect.stringMatching(/caches/) });
    expect(receiptFromElsewhere(inside).disturbed).toBe(false);
    for (const other of [reached(35, 0), reached(34, 49)]) {
      expect(told(other)).toMatchObject({ severity: 'warning' });
      expect(receiptFromElsewhere(other).disturbances).toMatchObject([{ code: 'above-ceiling' }]);
    }
  });

  it('comes back from its file as it was', () => {
    const receipt = buildReceipt(quiet);
    expect(parseReceipt(formatReceipt(receipt))).toEqual(receipt);
  });

  it('keeps what a newer version adds, and refuses another major one', () => {
    const newer = { ...buildReceipt(quiet), schema_version: '1.9.0', joules: 12 };
    expect(parseReceipt(JSON.stringify(newer))).toMatchObject({ joules: 12 });
    expect(() => parseReceipt(JSON.stringify({ ...newer, schema_version: '2.0.0' }))).toThrow(
      /version 2\.0\.0/,
    );
  });

  it.each([
    ['cut in half', formatReceipt(buildReceipt(quiet)).slice(0, 900), 'not-json'],
    ['a profile', JSON.stringify(profile), 'invalid-field'],
    ['a list', '[]', 'not-a-receipt'],
    ['null', 'null', 'not-a-receipt'],
    ['a path for a name', JSON.stringify({ ...buildReceipt(quiet), id: '../../etc' }), 'invalid-field'],
    ['too large', ' '.repeat(2 ** 20 + 1), 'too-large'],
  ])('is refused where the file is %s', (_, text, code) => {
    expect(() => parseReceipt(text)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('the comparison of receipts', () => {
  it('has the seed’s sign: faster than predicted is positive', () => {
    expect(errorPercent(110, 100)).toBeCloseTo(10);
    expect(errorPercent(1, 0)).toBeNull();
  });

  it('leaves disturbed receipts out of the summary and counts them', () => {
    const one = buildReceipt(quiet);
    const slow = buildReceipt({ ...quiet, speeds: [speed('decode', 0, 18)] });
    const busy = buildReceipt({ ...quiet, otherGpuProcesses: ['x'], speeds: [speed('decode', 0, 1)] });
    expect(summarise([one, slow, busy])).toMatchObject({
      count: 3,
      disturbed: 1,
      compared: 2,
      worst_abs_error_pct: 50,
      coverage: 0.5,
    });
    expect(summarise([])).toMatchObject({ compared: 0, median_abs_error_pct: null, coverage: null });
  });
});

describe('the id of a machine', () => {
  it('stays while figures are measured anew, and differs for another machine', () => {
    expect(machineId(profileWith({ ramGbps: 30 }))).toBe(machineId(profileWith({ ramGbps: 50 })));
    expect(machineId(profileWith())).not.toBe(machineId(profile));
    expect(machineId(profile)).toMatch(/^[0-9a-f]{16}$/);
  });
});
