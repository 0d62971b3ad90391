import { assertNever } from '../assert-never';
import type { IndexerRule } from './architectures';
import type { ModelFields } from './metadata-fields';

/** GLM 5.2 and later have shared indexers and a longer context than this; files of before do not list the types. */
const SHARED_INDEXER_CONTEXT = 1_048_576;

/**
 * The layers that cache an indexer key (llama.cpp v0.5.0 `create_memory`: the filters of the sparse-attention caches).
 * Null where the file must list them and does not.
 */
export function indexedLayers(
  rule: IndexerRule | null,
  fields: ModelFields,
  blocks: number,
  trunk: number,
): readonly boolean[] | null {
  const each = (test: (layer: number) => boolean) =>
    Array.from({ length: blocks }, (_, layer) => test(layer));
  switch (rule) {
    case null:
      return each(() => false);
    case 'all':
      return each((layer) => layer < trunk);
    case 'after-dense-lead': {
      const lead = fields.count('leading_dense_block_count') ?? 0;
      return each((layer) => layer >= lead);
    }
    case 'types-if-any':
      if ((fields.count('attention.indexer.top_k') ?? 0) === 0) return each(() => false);
      return listedLayers(fields, each);
    case 'types':
      return listedInTrunk(fields, trunk, each);
    case 'types-or-glm':
      return listedInTrunk(fields, trunk, each) ?? glmLayers(fields, trunk, each);
    default:
      return assertNever(rule);
  }
}

type Each = (test: (layer: number) => boolean) => boolean[];

function listedInTrunk(fields: ModelFields, trunk: number, each: Each): boolean[] | null {
  return listedLayers(fields, (test) => each((layer) => layer < trunk && test(layer)));
}

function listedLayers(fields: ModelFields, each: Each): boolean[] | null {
  const types = fields.list('attention.indexer.types');
  return types === null ? null : each((layer) => (types[layer] ?? 0) !== 0);
}

/** What llama.cpp takes for GLM files that do not list their indexers (`src/models/glm-dsa.cpp`). */
function glmLayers(fields: ModelFields, trunk: number, each: Each): boolean[] | null {
  const context = fields.count('context_length');
  if (context === null) return null;
  if (context < SHARED_INDEXER_CONTEXT) return each((layer) => layer < trunk);
  return each((layer) => layer < trunk && (layer < 2 || (layer - 2) % 4 === 0));
}
