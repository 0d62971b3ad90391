import { assertNever } from '../../assert-never';
import type { LayerMemory } from '../../model/schema';
import type { AttentionRow } from './schema';

const unsized = {
  total_params_b: null,
  weights_memory_gib_fp16: null,
  weights_memory_gib_fp8: null,
  weights_memory_gib_int8: null,
  weights_memory_gib_int4: null,
};

/** Rows of the sizing that came before, under the names it has for them: the shapes of gpt-oss, weights in a flat overhead. */
const rows: readonly AttentionRow[] = [
  {
    ...unsized,
    name: 'opt-oss-120b',
    num_layers: 36,
    num_key_value_heads: 8,
    head_dim: 64,
    max_position_embeddings: 131072,
    attention_pattern: 'hybrid',
    hybrid_full_layers: 18,
    hybrid_sliding_layers: 18,
    sliding_window: 128,
    default_kv_precision: 'fp8',
    notes: 'The attention of gpt-oss-120b; gpt-oss-120b itself is in the catalog with its weights.',
  },
  {
    ...unsized,
    name: 'opt-oss-20b',
    num_layers: 24,
    num_key_value_heads: 8,
    head_dim: 64,
    max_position_embeddings: 131072,
    attention_pattern: 'hybrid',
    hybrid_full_layers: 12,
    hybrid_sliding_layers: 12,
    sliding_window: 128,
    default_kv_precision: 'fp8',
    notes: 'The attention of gpt-oss-20b; gpt-oss-20b itself is in the catalog with its weights.',
  },
];

/** Models that are known by their attention alone. */
export function attentionRows(): readonly AttentionRow[] {
  return rows;
}

/** What each layer of such a row keeps between tokens: the same description that the planner works with. */
export function layersOfRow(row: AttentionRow): readonly LayerMemory[] {
  const elements = row.num_key_value_heads * row.head_dim;
  const layer = (window: number | null): LayerMemory => ({
    cache: { key_elements: elements, value_elements: elements, window },
    state: null,
  });
  const sliding = slidingLayersOf(row);
  return Array.from({ length: row.num_layers }, (_, index) =>
    layer(index < sliding ? row.sliding_window : null),
  );
}

function slidingLayersOf(row: AttentionRow): number {
  switch (row.attention_pattern) {
    case 'full':
      return 0;
    case 'sliding':
      return row.num_layers;
    case 'hybrid':
      return row.hybrid_sliding_layers ?? 0;
    default:
      return assertNever(row.attention_pattern);
  }
}
