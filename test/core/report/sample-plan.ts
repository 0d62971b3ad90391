import { planSchema, type Plan } from '../../../src/core/plan/schema';
import { GIB, MIB } from '../../../src/core/units';

const speed = {
  ceiling_tok_s: 60,
  forecast_tok_s: 36,
  low_tok_s: 24,
  high_tok_s: 51,
  basis: 'prior',
  samples: 0,
  missing: [],
};

const row = {
  name: null,
  model_bytes: 0,
  context_bytes: 0,
  compute_bytes: 0,
  output_bytes: 0,
  overhead_bytes: 0,
  total_bytes: 0,
  budget_bytes: 0,
};

/** A refused plan on one GPU, changed as a test needs. */
export function samplePlan(own: Partial<Plan> = {}): Plan {
  const plan = planSchema.parse({
    model: { name: 'Qwen3 30B A3B', locator: '/models/qwen3.gguf', quant: 'Q4_K_M' },
    request: {},
    verdict: 'refuse',
    reasons: [
      {
        code: 'over-budget',
        device: 'gpu0',
        bytes: 3 * GIB,
        field: null,
        message: 'gpu0 takes 18.00 GiB of 15.00 GiB: 3.00 GiB short.',
      },
      {
        code: 'missing-measurement',
        device: null,
        bytes: null,
        field: '/hardware/memory/cpu_mem_bw_gbps',
        message: 'The bandwidth of memory was not measured.',
      },
    ],
    remedies: [
      {
        code: 'more-ncmoe',
        message: 'Keep the experts of 12 layers in host memory.',
        request: {},
        verdict: 'ship',
      },
      { code: 'less-context', message: 'Halve the context.', request: {}, verdict: 'refuse' },
    ],
    placement: { context: 32_768, gpu_layers: 49, cpu_moe_layers: 0, threads: 8 },
    memory: [
      {
        ...row,
        device: 'gpu0',
        name: 'RTX 4090',
        model_bytes: 17 * GIB,
        context_bytes: 768 * MIB,
        compute_bytes: null,
        total_bytes: 18 * GIB,
        budget_bytes: 15 * GIB,
      },
      { ...row, device: 'host', model_bytes: 5 * GIB, total_bytes: 5 * GIB, budget_bytes: 10 * GIB },
    ],
    decode: speed,
    prefill: {
      ...speed,
      ceiling_tok_s: null,
      forecast_tok_s: null,
      low_tok_s: null,
      high_tok_s: null,
      basis: null,
      missing: ['a measured prompt'],
    },
    commands: [],
    flags: "llama-server -m '/models/qwen3.gguf' -ngl 49",
    explained_flags: [],
    assumptions: [
      { name: 'prompt cache', value: 1024, unit: 'MiB', basis: 'default', source: '-cram' },
      { name: 'driver', value: null, unit: null, basis: 'read', source: 'nvidia-smi' },
    ],
    findings: [
      { severity: 'info', code: 'b', message: 'An upper bound.' },
      { severity: 'warning', code: 'a', message: 'The link is slow.', remedy: 'Use another slot.' },
    ],
  });
  return { ...plan, ...own };
}
