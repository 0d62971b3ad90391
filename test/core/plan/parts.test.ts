import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import type { Model } from '../../../src/core/model/schema';
import { computeBytes } from '../../../src/core/plan/compute/compute-bytes';
import { rowBytes } from '../../../src/core/plan/kv-cache';
import { partsOf, repackBytes } from '../../../src/core/plan/memory';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../src/core/plan/settings';
import { areKnown, decodeTerms } from '../../../src/core/plan/speed/decode-terms';
import { GIB, MIB } from '../../../src/core/units';
import { profileWith } from './profiles';
import { modelNamed } from './truth-rows';

const asked = planRequestSchema.parse({});
const onDevice = { devices: [{ name: 'gpu0', freeBytes: null }], gpuLayers: 999, cpuMoeLayers: 0 };

function contextOnDevice(name: string): number | null {
  const model = modelNamed(name);
  return partsOf(model, settingsOf(model, asked, onDevice)).device.context;
}

describe('the KV cache', () => {
  it('has the bytes an element that ggml gives each type', () => {
    expect(
      (['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const).map((type) =>
        rowBytes(type, 1024),
      ),
    ).toEqual([4096, 2048, 2048, 1088, 768, 704, 640, 576, 576]);
  });

  it('of Llama 3.1 8B is 1 GiB at 8192 tokens, of Qwen3-30B-A3B 96 KiB a token', () => {
    expect(contextOnDevice('llama-3.1-8b')).toBe(GIB);
    expect(contextOnDevice('qwen3-30b-a3b')).toBe(8192 * 96 * 1024);
  });

  it('gives every sequence cells of its own, padded to 256', () => {
    const model = modelNamed('llama-3.1-8b');
    const request = planRequestSchema.parse({ context: 1000, parallel: 3 });
    const { context } = partsOf(model, settingsOf(model, request, onDevice)).device;
    expect(context).toBe(3 * 512 * 128 * 1024);
  });
});

describe('repacked weights', () => {
  const rows = JSON.parse(
    readFileSync(new URL('../../fixtures/truth/repack-v0.5.0.json', import.meta.url), 'utf8'),
  ) as { model: string; model_buffers_mib: { CPU_REPACK: number } }[];

  it.each(rows)('of $model take what llama-server reports on a CPU with AVX-512', (row) => {
    const bytes = repackBytes(modelNamed(row.model), ['avx2', 'avx512f']);
    expect(Math.abs(bytes / MIB - row.model_buffers_mib.CPU_REPACK)).toBeLessThan(1);
  });

  it('are none on a CPU without wide instructions, and an upper bound where it is not known', () => {
    const model = modelNamed('llama-3.1-8b');
    expect(repackBytes(model, [])).toBe(0);
    expect(repackBytes(model, null)).toBeGreaterThanOrEqual(repackBytes(model, ['avx2', 'avx512f']));
  });

  it('are left out with --no-repack where they do not fit, and the plan says so', () => {
    const plan = planModel(modelNamed('llama-3.1-8b'), profileWith({ ramGib: 9 }), asked);
    expect(plan.verdict).toBe('ship');
    expect(plan.commands[0]!.argv).toContain('--no-repack');
    expect(plan.assumptions.find((each) => each.name === 'repacked weights')!.source).toContain(
      '--no-repack',
    );
  });
});

function traffic(model: Model, settings: Settings, depth: number): Record<string, number> {
  const terms = decodeTerms(model, settings, depth);
  if (!areKnown(terms)) throw new Error(terms.missing);
  const bytes: Record<string, number> = {};
  for (const read of terms.reads) bytes[read.device] = (bytes[read.device] ?? 0) + read.bytes;
  return bytes;
}

describe('what a decoded token reads', () => {
  it('is every weight of a dense model but the embedding table', () => {
    const model = modelNamed('llama-3.1-8b');
    const table = model.tensors.find((tensor) => tensor.name === 'token_embd.weight')!.bytes;
    const rope = model.tensors.find((tensor) => tensor.name === 'rope_freqs.weight')?.bytes ?? 0;
    const all = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    expect(traffic(model, settingsOf(model, asked, onDevice), 0)).toEqual({ gpu0: all - table - rope });
  });

  it('is the used share of the experts, where they lie, and the cache at depth', () => {
    const model = modelNamed('qwen3-30b-a3b');
    const settings = settingsOf(model, asked, { ...onDevice, cpuMoeLayers: 48 });
    const experts = model.tensors
      .filter((tensor) => tensor.role === 'expert')
      .reduce((sum, tensor) => sum + tensor.bytes, 0);
    const empty = traffic(model, settings, 0);
    expect(Math.abs(empty['host']! - (experts * 8) / 128)).toBeLessThan(4);
    expect(traffic(model, settings, 1000)['gpu0']! - empty['gpu0']!).toBe(1000 * 96 * 1024);
  });

  it('is not known where the file does not say how many experts are used', () => {
    const model = modelNamed('qwen3-30b-a3b');
    const silent = { ...model, experts: { ...model.experts!, used: null } };
    const plan = planModel(silent, profileWith({ gpus: [{}] }), asked);
    expect(plan.decode).toMatchObject({ ceiling_tok_s: null, missing: ['/experts/used'] });
  });
});

describe('the forecast', () => {
  it('is an interval below the ceiling, from the documented prior', () => {
    const { decode } = planModel(modelNamed('llama-3.1-8b'), profileWith({ gpus: [{}] }), asked);
    expect(decode.ceiling_tok_s).toBeCloseTo(921.4e9 / 4.617e9, -1);
    const shares = [decode.low_tok_s!, decode.forecast_tok_s!, decode.high_tok_s!].map(
      (speed) => speed / decode.ceiling_tok_s!,
    );
    expect(shares).toEqual([...shares].sort((left, right) => left - right));
    expect(shares[0]).toBeGreaterThan(0.2);
    expect(shares[1]).toBeGreaterThan(0.5);
    expect(shares[2]).toBeCloseTo(1);
    expect(decode).toMatchObject({ basis: 'prior', samples: 0, missing: [] });
  });

  it('of a prompt is not made from what nobody measured', () => {
    const { prefill } = planModel(modelNamed('llama-3.1-8b'), profileWith({ gpus: [{}] }), asked);
    expect(prefill.forecast_tok_s).toBeNull();
    expect(prefill.missing.length).toBeGreaterThan(0);
  });
});

describe('the models of the catalog', () => {
  it.each(catalogEntries().map((entry) => entry.name))('%s has a graph that is followed', (name) => {
    const model = catalogModel(name, null)!;
    const settings = settingsOf(model, asked, { ...onDevice, cpuMoeLayers: 2 });
    expect(computeBytes(model, settings)!.basis).toBe('graph');
  });

  it('are planned with a file name of their own and a word that the file is not here', () => {
    const plan = planModel(catalogModel(catalogEntries()[0]!.name, null)!, profileWith(), asked);
    expect(plan.commands[0]!.argv[1]).toMatch(/^[\w.-]+-Q4_K_M\.gguf$/);
    expect(plan.findings.map((finding) => finding.code)).toContain('model-not-here');
  });
});

describe('the flags of a plan', () => {
  it('are one complete line, each with its reason', () => {
    const plan = planModel(
      modelNamed('qwen3-30b-a3b'),
      profileWith({ gpus: [{ vram_free_mib: 12_000 }] }),
      asked,
    );
    const { cpu_moe_layers } = plan.placement;
    expect(plan.flags).toBe(
      `CUDA_DEVICE_ORDER=PCI_BUS_ID llama-server -m /models/qwen3-30b-a3b.gguf --fit off -c 8192 -np 1 -b 2048 -ub 512 -fa on -ctk f16 -ctv f16 -ngl 49 -ncmoe ${cpu_moe_layers} -dev CUDA0 -sm none -mg 0 -t 8 -tb 8 -lm mmap -cram 1024 -ctxcp 4`,
    );
    expect(plan.explained_flags.every((flag) => flag.reason.length > 0)).toBe(true);
    const words = plan.explained_flags.flatMap((flag) =>
      flag.value === null ? [flag.flag] : [flag.flag, flag.value],
    );
    expect(plan.commands[0]).toEqual({
      tool: 'llama-server',
      argv: words,
      env: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' },
    });
    expect(plan.commands[1]!.argv).not.toContain('--fit');
  });

  it('are quoted for PowerShell where the profile is of Windows', () => {
    const plan = planModel(modelNamed('llama-3.1-8b'), profileWith({ os: 'win32', gpus: [{}] }), asked);
    expect(plan.flags).toMatch(/^\$env:CUDA_DEVICE_ORDER = 'PCI_BUS_ID'; llama-server -m /);
  });
});
