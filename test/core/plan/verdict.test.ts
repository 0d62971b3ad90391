import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding';
import type { Model, Tensor } from '../../../src/core/model/schema';
import { planModel } from '../../../src/core/plan/plan-model';
import { type PlanRequest, planRequestSchema } from '../../../src/core/plan/schema';
import type { Profile } from '../../../src/core/profile/schema';
import { GIB } from '../../../src/core/units';
import { profileWith } from './profiles';
import { modelNamed } from './truth-rows';

const llama = modelNamed('llama-3.1-8b');
const mixture = modelNamed('qwen3-30b-a3b');

function plan(model: Model, profile: Profile, request: Partial<PlanRequest> = {}) {
  return planModel(model, profile, planRequestSchema.parse(request));
}

/** The same tensor in another block. */
function inLayer(tensor: Tensor, layer: number): Tensor {
  return { ...tensor, layer, name: tensor.name.replace(/^blk\.\d+/u, `blk.${layer}`) };
}

describe('the verdict on memory', () => {
  it('ships with everything on a GPU that has room', () => {
    const made = plan(llama, profileWith({ gpus: [{}] }));
    expect(made.verdict).toBe('ship');
    expect(made.placement.gpu_layers).toBe(33);
    expect(made.reasons.every((reason) => reason.code === 'fits' && reason.bytes! > 0)).toBe(true);
  });

  it('refuses with the device, the bytes that are short and what would help', () => {
    const made = plan(llama, profileWith({ ramGib: 8 }), { context: 131_072 });
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]).toMatchObject({ code: 'over-budget', device: 'host' });
    expect(made.reasons[0]!.bytes).toBeGreaterThan(10 * GIB);
    expect(made.remedies.map((remedy) => remedy.code)).toContain('shorter-context');
  });

  it('puts as many layers on a small GPU as fit, and no more', () => {
    const profile = profileWith({ gpus: [{ vram_free_mib: 4500 }] });
    const made = plan(llama, profile);
    const { gpu_layers } = made.placement;
    expect(gpu_layers).toBeGreaterThan(0);
    expect(gpu_layers).toBeLessThan(33);
    const more = { gpu_layers: gpu_layers + 1, offload_cache: true };
    expect(plan(llama, profile, more).verdict).toBe('refuse');
  });

  it('keeps all layers of a mixture on the GPU and moves the fewest experts that it must', () => {
    const profile = profileWith({ gpus: [{ vram_free_mib: 12_000 }] });
    const made = plan(mixture, profile);
    const { gpu_layers, cpu_moe_layers } = made.placement;
    expect(gpu_layers).toBe(49);
    expect(cpu_moe_layers).toBeGreaterThan(0);
    const more = { gpu_layers, cpu_moe_layers: cpu_moe_layers - 1, offload_cache: true };
    expect(plan(mixture, profile, more).verdict).toBe('refuse');
  });

  it('holds the host to its budget while a GPU has room', () => {
    const made = plan(modelNamed('llama-3.3-70b'), profileWith({ ramGib: 12, gpus: [{}] }));
    expect(made.verdict).toBe('refuse');
    expect(made.reasons.map((reason) => reason.device)).toContain('host');
  });

  it('leaves a GPU out that cannot hold the buffers of a prompt', () => {
    const made = plan(llama, profileWith({ gpus: [{ vram_free_mib: 1100 }] }));
    expect(made.verdict).toBe('ship');
    expect(made.flags).toContain('-dev none');
    expect(made.memory.map((row) => row.device)).toEqual(['host']);
    expect(made.findings.map((finding) => finding.code)).toContain('gpu-too-small');
  });

  it('uses the GPU with the most free memory and says so', () => {
    const made = plan(llama, profileWith({ gpus: [{ vram_free_mib: 2000 }, { vram_free_mib: 20_000 }] }));
    expect(made.memory[0]!.device).toBe('gpu1');
    expect(made.flags).toContain('-dev CUDA1');
    expect(made.findings.map((finding) => finding.code)).toContain('gpu-not-used');
  });

  it('numbers the cards of each maker on their own, as the runtime does', () => {
    const gpus = [{ vendor: 'amd', vram_free_mib: 2000 }, { vram_free_mib: 20_000 }];
    const made = plan(llama, profileWith({ gpus }));
    expect(made.memory[0]!.device).toBe('gpu1');
    expect(made.flags).toContain('-dev CUDA0');
  });

  it('counts unified memory once', () => {
    const gpu = { memory_kind: 'unified' as const, vram_free_mib: 30_000 };
    const made = plan(mixture, profileWith({ ramGib: 30, gpus: [gpu] }));
    const used = made.memory.reduce((sum, row) => sum + row.total_bytes!, 0);
    expect(made.verdict).toBe('ship');
    expect(used).toBeLessThanOrEqual(28 * GIB);
    expect(made.findings.map((finding) => finding.code)).toContain('unified-memory');
    expect(plan(mixture, profileWith({ ramGib: 16, gpus: [gpu] })).verdict).toBe('refuse');
  });

  it('assumes a context overhead where none was measured, and says so', () => {
    const made = plan(llama, profileWith({ gpus: [{ context_overhead_mib: null }] }));
    expect(made.memory[0]!.overhead_bytes).toBe(750 * 2 ** 20);
    const assumption = made.assumptions.find((each) => each.name === 'context overhead of gpu0');
    expect(assumption).toMatchObject({ value: 750, basis: 'assumed' });
  });

  it('pages only where that is allowed, and then counts the disk', () => {
    const disks = [{ directory: '/models', mount: '/', nvme_rand_qd1_read_mbps: 60 }];
    const profile = profileWith({ ramGib: 6, disks });
    expect(plan(llama, profile).verdict).toBe('refuse');
    const paged = plan(llama, profile, { allow_paging: true, floor_tok_s: 0.01 });
    expect(paged.verdict).toBe('ship');
    expect(paged.decode.ceiling_tok_s).toBeLessThan(1);
    expect(plan(llama, profile, { allow_paging: true }).reasons[0]!.code).toBe('below-floor');
    expect(paged.findings.map((finding) => finding.code)).toContain('paging');
  });
});

describe('the verdict on what is not known', () => {
  it.each([
    ['free host memory', profileWith({ ramGib: null }), '/hardware/memory/ram_available_gib'],
    ['free GPU memory', profileWith({ gpus: [{ vram_free_mib: null }] }), '/hardware/gpus/0/vram_free_mib'],
    ['GPUs, where the host alone is too small', profileWith({ gpus: null, ramGib: 5 }), '/hardware/gpus'],
  ])('is unknown without %s, and names the field', (_, profile, field) => {
    const made = plan(llama, profile);
    expect(made.verdict).toBe('unknown');
    expect(made.reasons.map((reason) => reason.field)).toContain(field);
    expect(made.reasons[0]!.message).toContain('plimsoll probe');
    expect(made.remedies).toEqual([]);
  });

  it('ships on the host alone where nobody could look for GPUs and none is needed', () => {
    const made = plan(llama, profileWith({ gpus: null }));
    expect(made.verdict).toBe('ship');
    expect(made.flags).toContain('-dev none');
    expect(made.findings.map((finding) => finding.code)).toContain('gpus-unknown');
  });

  it('is unknown for an architecture whose cache is not known', () => {
    const made = plan({ ...llama, architecture: 'brandnew', layers: null }, profileWith({ gpus: [{}] }));
    expect(made.verdict).toBe('unknown');
    expect(made.reasons[0]).toMatchObject({ code: 'unknown-architecture' });
    expect(made.reasons[0]!.message).toContain('brandnew');
    expect(made.memory.map((row) => row.total_bytes)).toEqual([null, null]);
    expect(made.decode.forecast_tok_s).toBeNull();
  });

  it('is unknown for a file without weights, and says what the file is', () => {
    const finding: Finding = {
      severity: 'error',
      code: 'no-tensors',
      path: '/tensors',
      message: 'The file holds no weights.',
      remedy: null,
    };
    const made = plan({ ...llama, tensors: [], findings: [finding] }, profileWith());
    expect(made.verdict).toBe('unknown');
    expect(made.reasons[0]).toMatchObject({ code: 'unknown-memory' });
    expect(made.findings).toContainEqual(finding);
  });

  it('ships with a warning where only the speed is unknown, unless the user set the floor', () => {
    const profile = profileWith({ ramGbps: null });
    const made = plan(llama, profile);
    expect(made.verdict).toBe('ship');
    expect(made.findings.map((finding) => finding.code)).toContain('speed-unknown');
    const floored = plan(llama, profile, { floor_tok_s: 2 });
    expect(floored.verdict).toBe('unknown');
    expect(floored.reasons[0]).toMatchObject({ field: '/hardware/memory/cpu_mem_bw_gbps' });
  });
});

describe('the verdict on speed and on odd requests', () => {
  it('refuses where the whole interval is below the floor', () => {
    const made = plan(llama, profileWith(), { floor_tok_s: 1000 });
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('below-floor');
  });

  it('refuses a quantised V cache without flash attention and offers to switch it on', () => {
    const made = plan(llama, profileWith(), { kv_type_v: 'q8_0', flash_attention: false });
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('unsupported-combination');
    expect(made.remedies[0]!.code).toBe('flash-attention');
  });

  it('refuses a quantised cache whose blocks do not fit the heads, as llama.cpp does', () => {
    const narrow = { ...llama, attention: { ...llama.attention, key_length: 80, value_length: 80 } };
    const made = plan(narrow, profileWith(), { kv_type_k: 'q8_0' });
    expect(made.reasons[0]).toMatchObject({ code: 'unsupported-combination' });
    expect(made.remedies[0]!.code).toBe('kv-f16');
  });

  it('warns about a context beyond the trained one, and plans it', () => {
    const made = plan(llama, profileWith({ ramGib: 200 }), { context: 200_000 });
    expect(made.verdict).toBe('ship');
    expect(made.reasons.map((reason) => reason.code)).toContain('context-beyond-trained');
    expect(made.findings.map((finding) => finding.code)).toContain('context-beyond-trained');
    expect(made.reasons.at(-1)!.message).toContain('no more than these');
    const shared = plan(llama, profileWith({ ramGib: 200 }), { context: 200_000, parallel: 2 });
    expect(shared.reasons.map((reason) => reason.code)).not.toContain('context-beyond-trained');
  });

  it('prefers the smaller of 8192 and the trained context', () => {
    expect(plan({ ...llama, context_trained: 2048 }, profileWith()).placement.context).toBe(2048);
    expect(plan(llama, profileWith()).placement.context).toBe(8192);
  });

  it.each([1, 2000])('plans a model of %i layers', (layers) => {
    const tensors = Array.from({ length: layers }, (_, layer) =>
      llama.tensors.filter((tensor) => tensor.layer === 0).map((tensor) => inLayer(tensor, layer)),
    ).flat();
    const outside = llama.tensors.filter((tensor) => tensor.layer === null);
    const shape = { block_count: layers, layers: Array.from({ length: layers }, () => llama.layers![0]!) };
    const made = plan(
      { ...llama, ...shape, tensors: [...outside, ...tensors] },
      profileWith({ ramGib: 900, gpus: [{}] }),
    );
    expect(made.memory.every((row) => row.total_bytes !== null)).toBe(true);
    expect(made.verdict).toBe(layers === 1 ? 'ship' : 'refuse');
  });

  it('plans a model without any attention', () => {
    const hybrid = modelNamed('granite-4.0-h-tiny');
    const recurrent = hybrid.layers!.flatMap((layer, index) => (layer.cache === null ? [index] : []));
    const renumber = new Map(recurrent.map((old, index) => [old, index]));
    const tensors = hybrid.tensors.flatMap((tensor) => {
      if (tensor.layer === null) return [tensor];
      const layer = renumber.get(tensor.layer);
      return layer === undefined
        ? []
        : [{ ...tensor, layer, name: tensor.name.replace(/^blk\.\d+/u, `blk.${layer}`) }];
    });
    const shape = {
      block_count: recurrent.length,
      layers: recurrent.map((old) => hybrid.layers![old]!),
      tensors,
    };
    const made = plan({ ...hybrid, ...shape }, profileWith({ gpus: [{}] }));
    expect(made.verdict).toBe('ship');
    expect(made.memory[0]!.context_bytes).toBeGreaterThan(0);
  });
});
