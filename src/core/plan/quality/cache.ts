import type { KvType } from '../request-schema';
import type { Quality } from './schema';

const SOURCE =
  'https://github.com/ggml-org/llama.cpp/pull/21551 (Gemma 3 4B, Q4_0 weights, K and V alike, rotated as llama.cpp v0.5.0 does)';

/** Perplexity on Wikitext-2 with K and V of one type. */
const table: Partial<Readonly<Record<KvType, number>>> = { f16: 7.8551, q8_0: 7.8569, q4_0: 7.9506 };

/**
 * Mean divergence from F16 of Llama 3 8B with a cache of this type, before llama.cpp rotated what it quantises: no more than this
 * (https://github.com/ggml-org/llama.cpp/pull/7412).
 */
const divergences: Partial<Readonly<Record<KvType, number>>> = { f16: 0.000189, q8_0: 0.00098 };

/** What a cache of another type costs, K and V alike; null where nobody published it. */
export function qualityOfCache(from: KvType, to: KvType): Quality | null {
  const before = table[from];
  const after = table[to];
  if (before === undefined || after === undefined) return null;
  return {
    model: 'Gemma 3 4B',
    perplexity_before: before,
    perplexity_after: after,
    change_pct: (100 * (after - before)) / before,
    divergence: divergences[to] ?? null,
    published_in: 'llama.cpp #21551',
    source: SOURCE,
  };
}
