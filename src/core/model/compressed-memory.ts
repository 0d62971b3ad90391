import type { ModelFields } from './metadata-fields';
import { missing, type MissingKey } from './missing-key';
import type { LayerMemory } from './schema';

/** With this ratio an indexer chooses among the compressed rows, and each is made of twice as many tokens (`DSV4_CSA_RATIO`). */
const INDEXED_RATIO = 4;

/**
 * DeepSeek V4 (`src/llama-kv-cache-dsv4.cpp`): keys of a window in every block; in most also one for every 4 or 128 tokens, and in F32 the
 * tokens that the next one is made of.
 */
export function compressedMemory(fields: ModelFields, blocks: number): readonly LayerMemory[] | MissingKey {
  const ratios = fields.list('attention.compress_ratios');
  if (ratios === null || ratios.length < blocks) return missing('attention.compress_ratios');
  const head = fields.count('attention.key_length');
  if (head === null) return missing('attention.key_length');
  const window = fields.count('attention.sliding_window');
  if (window === null || window === 0) return missing('attention.sliding_window');
  const indexer = fields.count('attention.indexer.key_length');
  if (indexer === null) return missing('attention.indexer.key_length');
  return Array.from({ length: blocks }, (_, layer) => {
    const ratio = ratios[layer]!;
    const cache = { key_elements: head, value_elements: 0, window };
    if (ratio === 0) return { cache, state: null };
    const indexed = ratio === INDEXED_RATIO;
    const compressed = { ratio, key_elements: head, indexer_elements: indexed ? indexer : 0 };
    return { cache: { ...cache, compressed }, state: statesOf(ratio, indexed, head, indexer) };
  });
}

/** Keys and scores of the tokens that the next compressed row is made of: of both halves of an overlapping one, and the indexer's too. */
function statesOf(ratio: number, indexed: boolean, head: number, indexer: number): LayerMemory['state'] {
  if (!indexed) return { r_elements: 2 * head * ratio, s_elements: 0 };
  const rows = 2 * ratio;
  return { r_elements: 2 * (2 * head) * rows, s_elements: 2 * (2 * indexer) * rows };
}
