import { describe, expect, it } from 'vitest';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import { layoutOf } from '../../../src/core/vllm/kv-groups';
import { pagedLayers } from '../../../src/core/vllm/kv-pages';
import { tensorSizes } from '../../../src/core/vllm/parallel';
import { planVllm, recommendVllm } from '../../../src/core/vllm/plan-vllm';
import { kvCacheDtypes, quantisations } from '../../../src/core/vllm/precision';
import { vllmPlanSchema, vllmRequestSchema } from '../../../src/core/vllm/schema';
import { cards } from './cards-for-tests';

const names = catalogEntries().map(({ name }) => name);

describe.each(names)('a vLLM deployment of %s', (name) => {
  const model = catalogModel(name, null)!;
  const sizes = tensorSizes(model, 8);
  const plan = (asked: object, gib = 4000) =>
    planVllm(model, cards(8, gib), vllmRequestSchema.parse({ tensor_parallel: 1, ...asked }));

  const of = (quantisation: string) => plan({ quantisation }).exact!.ranks[0]!.weights_bytes;
  const held = (asked: object, gib?: number) => plan(asked, gib).exact!.concurrency.likely;

  it('has figures that are finite, ordered and of its own schema', () => {
    const made = plan({ tensor_parallel: sizes.at(-1) });
    expect(vllmPlanSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
    const { blocks, cache_tokens: tokens, concurrency, context } = made.exact!;
    for (const { low, likely, high } of [blocks, tokens, concurrency, context]) {
      expect(low).toBeLessThanOrEqual(likely);
      expect(likely).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThan(0);
    }
  });

  it('never weighs more a card with more cards, nor less in all', () => {
    const weights = sizes.map((tensor) => plan({ tensor_parallel: tensor }).exact!.ranks[0]!.weights_bytes);
    for (const [place, own] of weights.entries()) {
      if (place === 0) continue;
      expect(own).toBeLessThan(weights[place - 1]!);
      expect(own * sizes[place]!).toBeGreaterThanOrEqual(weights[0]! - 1024);
    }
  });

  it('weighs less the fewer bits its weights have', () => {
    expect(of('fp8')).toBeLessThan(of('none'));
    expect(of('awq')).toBeLessThan(of('fp8'));
    for (const each of quantisations) expect(of(each)).toBeLessThanOrEqual(of('none'));
  });

  it('holds no less with more memory, and no more with a wider cache or longer requests', () => {
    expect(held({}, 8000)).toBeGreaterThanOrEqual(held({}));
    expect(held({ context: 4096 })).toBeLessThanOrEqual(held({ context: 2048 }));
    for (const kv of kvCacheDtypes) {
      expect(held({ kv_cache_dtype: kv })).toBeGreaterThanOrEqual(
        held({ kv_cache_dtype: 'float32' }) * 0.999,
      );
    }
  });

  it('ships what it says is the largest, and not one more', () => {
    const asked = { max_sequences: 64, activation_gib: 1, non_torch_gib: 0.2 };
    const { exact } = plan(asked);
    const most = Math.floor(exact!.concurrency.low);
    const at = (concurrency: number) => plan({ ...asked, concurrency }).verdict;
    if (most >= 1e9) return;
    expect(at(most)).toBe('ship');
    expect(at(most + 1)).toBe('refuse');
  });

  it('is recommended with settings that ship where anything does', () => {
    const made = recommendVllm(model, cards(8, 79.2), vllmRequestSchema.parse({}));
    if (made.verdict === 'ship') return;
    const bare = {
      quantisation: 'awq',
      kv_cache_dtype: 'fp8_e4m3',
      tensor_parallel: sizes.findLast((size) => Number.isInteger(Math.log2(size))),
    };
    expect(planVllm(model, cards(8, 79.2), vllmRequestSchema.parse(bare)).verdict).not.toBe('ship');
  });
});

describe('blocks of hybrid models', () => {
  it.each([
    ['qwen3.5-27b', 'auto', 784, 'LMCache#5079, of Qwen3.6 and Qwen3.8 27B'],
    ['nemotron-nano-9b-v2', 'auto', 672, 'vllm#24280'],
    ['qwen3.5-35b-a3b', 'fp8_e4m3', 2096, 'club-3090#652, of Qwen3.6 35B A3B'],
  ] as const)('of %s with a cache in %s are of %i tokens, as published: %s', (name, kv, tokens, _source) => {
    const pages = pagedLayers(catalogModel(name, 'F16')!, { kv, dtype: 'auto' }, 1)!;
    expect(layoutOf(pages).groups[0]!.block).toBe(tokens);
  });
});
