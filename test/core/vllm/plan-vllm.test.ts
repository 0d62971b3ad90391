import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../src/core/catalog/models';
import { modelFromConfig } from '../../../src/core/model/config/model-from-config';
import { GIB } from '../../../src/core/units';
import { planVllm, recommendVllm } from '../../../src/core/vllm/plan-vllm';
import { type VllmPlan, vllmPlanSchema, vllmRequestSchema } from '../../../src/core/vllm/schema';
import { weightsOfModel, weightsOfRank } from '../../../src/core/vllm/weights';
import { stagesOf, tensorSizes } from '../../../src/core/vllm/parallel';
import { cards } from './cards-for-tests';

const llama8 = catalogModel('llama-3.1-8b', 'F16')!;
const llama70 = catalogModel('llama-3.1-70b', 'F16')!;
const deepseek = catalogModel('deepseek-v3', 'F16')!;
const qwenMoe = catalogModel('qwen3-30b-a3b', 'F16')!;

function plan(model: typeof llama8, on: ReturnType<typeof cards> | null, asked: object = {}): VllmPlan {
  return planVllm(model, on, vllmRequestSchema.parse(asked));
}

function recommend(model: typeof llama8, on: ReturnType<typeof cards>, asked: object = {}): VllmPlan {
  return recommendVllm(model, on, vllmRequestSchema.parse(asked));
}

describe('a vLLM plan', () => {
  it('ships an 8B model on 24 GiB, and its record passes its own schema', () => {
    const made = plan(llama8, cards(1, 23.6), { context: 8192 });
    expect(made.verdict).toBe('ship');
    expect(vllmPlanSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
  });

  it('refuses a 70B model on one card of 80 GiB and says by how much', () => {
    const made = plan(llama70, cards(1, 79.2));
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('weights-too-large');
    expect(made.reasons[0]!.bytes).toBeGreaterThan(60 * GIB);
  });

  it('takes the fewest cards that ship', () => {
    const made = plan(llama70, cards(8, 79.2), { context: 8192 });
    expect(made.verdict).toBe('ship');
    expect(made.settings.parallel.tensor).toBe(2);
    expect(made.exact!.ranks).toHaveLength(2);
  });

  it('says that it hangs on the start-up where only that decides, and decides once its log is given', () => {
    const asked = { context: 36_000, gpu_memory_utilization: 0.9, max_sequences: 256 };
    const open = plan(llama8, cards(1, 23.58), asked);
    expect(open.verdict).toBe('unknown');
    expect(open.reasons[0]!.code).toBe('between');
    const settled = plan(llama8, cards(1, 23.58), { ...asked, activation_gib: 1.2, non_torch_gib: 0.2 });
    expect(settled.verdict).toBe('ship');
  });

  it('grows the cache of a request in step with its length where every layer is full', () => {
    const { exact } = plan(llama8, cards(1, 79.2), { context: 4096 });
    const twice = plan(llama8, cards(1, 79.2), { context: 8192 }).exact!;
    expect(twice.request_bytes).toBe(2 * exact!.request_bytes);
    expect(exact!.request_bytes).toBe(4096 * 131_072);
  });

  it('halves the cache of a card with two cards, and repeats a head that cannot be halved', () => {
    const one = plan(llama8, cards(1, 79.2), { tensor_parallel: 1 }).exact!;
    const two = plan(llama8, cards(2, 79.2), { tensor_parallel: 2 }).exact!;
    expect(two.block_bytes).toBe(one.block_bytes / 2);
    const eight = plan(llama8, cards(16, 79.2), { tensor_parallel: 8 }).exact!;
    const sixteen = plan(llama8, cards(16, 79.2), { tensor_parallel: 16 }).exact!;
    expect(sixteen.block_bytes).toBe(eight.block_bytes);
  });

  it('keeps the latent cache of a request whole on every card', () => {
    const one = plan(deepseek, cards(1, 2000), { tensor_parallel: 1 }).exact!;
    const eight = plan(deepseek, cards(8, 2000), { tensor_parallel: 8 }).exact!;
    expect(one.block_bytes).toBe(61 * 576 * 2 * 64);
    expect(eight.block_bytes).toBe(one.block_bytes);
  });

  it('adds the weights of a pipeline up to those of one card, whatever the split', () => {
    const form = { quantisation: 'none', dtype: 'auto' } as const;
    const whole = weightsOfModel(llama70, form)!;
    for (const pipeline of [2, 3, 7]) {
      const parts = stagesOf(80, pipeline).map((stage) =>
        weightsOfRank(llama70, form, { tensor: 1, pipeline, data: 1 }, stage)!,
      );
      const tables = (pipeline - 1) * 131_072 * 128 * 2;
      expect(parts.reduce((sum, part) => sum + part, 0) - tables).toBe(whole);
    }
  });

  it('shares the experts of a mixture among its copies, and nothing else', () => {
    const one = plan(qwenMoe, cards(1, 200)).exact!.ranks[0]!.weights_bytes;
    const four = plan(qwenMoe, cards(4, 200), { data_parallel: 4 }).exact!.ranks[0]!.weights_bytes;
    const dense = plan(llama8, cards(4, 200), { data_parallel: 4 }).exact!.ranks[0]!.weights_bytes;
    expect(four).toBeLessThan(0.35 * one);
    expect(dense).toBe(plan(llama8, cards(1, 200)).exact!.ranks[0]!.weights_bytes);
  });

  it('gives four copies four times the requests', () => {
    const one = plan(llama8, cards(1, 79.2), { max_sequences: 64 }).exact!.concurrency.likely;
    const four = plan(llama8, cards(4, 79.2), { data_parallel: 4, max_sequences: 64 }).exact!.concurrency
      .likely;
    expect(four).toBeCloseTo(4 * one, 6);
  });

  it('tells speed as intervals, and what is missing where a card says little', () => {
    const { speed } = plan(llama8, cards(1, 79.2), { concurrency: 8 });
    expect(speed.decode_tok_s!.low).toBeLessThan(speed.decode_tok_s!.high);
    expect(speed.throughput_tok_s!.likely).toBeCloseTo(8 * speed.decode_tok_s!.likely, 6);
    // a step reads 16.06 GB of weights and 8 requests of 1,152 tokens at 128 KiB, at 65 % of 1000 GB/s
    const seconds =
      (plan(llama8, cards(1, 79.2), { concurrency: 8 }).exact!.ranks[0]!.weights_bytes + 8 * 1152 * 131_072) /
      0.65e12;
    expect(1 / speed.decode_tok_s!.likely).toBeCloseTo(seconds, 3);
    const dark = plan(llama8, cards(1, 79.2, { bandwidth_gbps: null, compute_tflops: null })).speed;
    expect(dark.decode_tok_s).toBeNull();
    expect(dark.first_token_s).toBeNull();
    expect(dark.missing).toEqual(["a card's memory bandwidth", "a card's arithmetic"]);
  });

  it('takes less of a card whose memory is not free, since vLLM would not start', () => {
    const busy = cards(1, 23.6, { free_bytes: 21 * GIB });
    const made = plan(llama8, busy);
    expect(made.settings.gpu_memory_utilization).toBe(0.87);
    const asked = plan(llama8, busy, { gpu_memory_utilization: 0.95 });
    expect(asked.verdict).toBe('refuse');
    expect(asked.reasons[0]!.code).toBe('below-utilisation');
  });
});

describe('bad input of a vLLM plan', () => {
  it('refuses a size that does not divide the heads', () => {
    const made = plan(llama8, cards(8, 79.2), { tensor_parallel: 3 });
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('cannot-divide');
    expect(tensorSizes(llama8, 8)).toEqual([1, 2, 4, 8]);
  });

  it('refuses key-value heads that neither divide nor repeat', () => {
    const phi = catalogModel('phi-4', 'F16')!;
    expect(phi.attention.kv_heads).toBe(10);
    expect(plan(phi, cards(4, 79.2), { tensor_parallel: 4 }).reasons[0]!.message).toMatch(/key-value heads/);
  });

  it('refuses more cards than there are, and none at all', () => {
    expect(plan(llama8, cards(2, 79.2), { tensor_parallel: 4 }).reasons[0]!.code).toBe('too-few-cards');
    const none = plan(llama8, []);
    expect(none.verdict).toBe('refuse');
    expect(none.reasons[0]!.message).toBe('1 card is needed, and there is none.');
  });

  it('refuses a context beyond what the model was trained for', () => {
    const made = plan(llama8, cards(1, 400), { context: 131_073 });
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('context-beyond-trained');
    expect(plan(llama8, cards(1, 400), { context: 131_072 }).verdict).toBe('ship');
  });

  it('does not know where a card says nothing of its memory, or nobody could look', () => {
    const made = plan(llama8, cards(1, null));
    expect(made.verdict).toBe('unknown');
    expect(made.reasons[0]!.code).toBe('missing-measurement');
    expect(made.rule_of_thumb).toBeNull();
    expect(plan(llama8, null).verdict).toBe('unknown');
  });

  it('does not know what an architecture keeps that nobody described', () => {
    const odd = modelFromConfig(
      { architectures: ['NewForCausalLM'], model_type: 'new', num_hidden_layers: 4 },
      { name: 'New', locator: 'new', quant: null },
    );
    const made = plan(odd, cards(1, 80));
    expect(made.verdict).toBe('unknown');
    expect(made.exact).toBeNull();
  });

  it.each([
    ['zero requests', { concurrency: 0 }],
    ['negative requests', { concurrency: -1 }],
    ['half a token', { context: 0.5 }],
    ['more than the whole card', { gpu_memory_utilization: 1.1 }],
    ['nothing of the card', { gpu_memory_utilization: 0 }],
    ['a cache of no kind', { kv_cache_dtype: 'int3' }],
    ['a field nobody knows', { tensorparallel: 2 }],
  ])('takes no request with %s', (_what, asked) => {
    expect(vllmRequestSchema.safeParse(asked).success).toBe(false);
  });

  it('answers a thousand million requests with finite figures', () => {
    const made = plan(llama8, cards(1, 79.2), { concurrency: 1e9, context: 131_072 });
    expect(made.verdict).toBe('refuse');
    expect(JSON.stringify(made)).not.toMatch(/null,"high"|Infinity|NaN/);
    expect(made.exact!.context.high).toBe(0);
  });
});

describe('a vLLM recommendation', () => {
  it('leaves everything as published where it fits', () => {
    const { settings, verdict } = recommend(llama8, cards(1, 23.6));
    expect(verdict).toBe('ship');
    expect(settings).toMatchObject({ quantisation: 'none', kv_cache_dtype: 'auto', parallel: { tensor: 1 } });
  });

  it('takes FP8 on a card that computes in it, and AWQ where even that is too large', () => {
    expect(recommend(llama70, cards(1, 79.2)).settings.quantisation).toBe('awq');
    expect(
      recommend(llama70, cards(2, 79.2), { context: 32_768, concurrency: 8 }).settings.quantisation,
    ).toBe('fp8');
  });

  it('takes an 8-bit cache before it touches the weights', () => {
    const { settings } = recommend(llama8, cards(1, 23.6), { context: 60_000 });
    expect(settings.kv_cache_dtype).toBe('fp8_e4m3');
    expect(settings.quantisation).toBe('none');
  });

  it('changes nothing that was asked for, and quantises nothing where that is not allowed', () => {
    const kept = recommend(llama70, cards(1, 79.2), { quantisation: 'none' });
    expect(kept.verdict).toBe('refuse');
    expect(kept.settings.quantisation).toBe('none');
    const barred = recommend(llama70, cards(1, 79.2), { allow_quantisation: false });
    expect(barred.settings.quantisation).toBe('none');
  });

  it('has a reason for every setting', () => {
    const { recommendations } = recommend(llama70, cards(8, 79.2));
    expect(recommendations.map(({ option }) => option)).toEqual([
      '--tensor-parallel-size',
      '--quantization',
      '--kv-cache-dtype',
      '--max-model-len',
      '--max-num-seqs',
      '--gpu-memory-utilization',
      '--enable-prefix-caching',
    ]);
    expect(recommendations.every(({ reason }) => reason.length > 10 && reason.endsWith('.'))).toBe(true);
  });

  it('names the longest context that fits where the asked one does not', () => {
    const made = recommend(llama8, cards(1, 23.6), {
      context: 131_072,
      allow_fp8_cache: false,
      allow_quantisation: false,
    });
    const length = made.recommendations.find(({ option }) => option === '--max-model-len')!;
    expect(Number(length.value)).toBeLessThan(131_072);
    expect(
      plan(llama8, cards(1, 23.6), {
        context: Number(length.value),
        max_sequences: made.settings.max_sequences,
      }).verdict,
    ).toBe('ship');
  });
});
