import type { Model } from '../../../model/schema';

/** No rotation at all: positions are learnt, or follow from the mask (ALiBi), or from recurrent layers. */
const unrotated = new Set(
  'bert jina-bert-v2 bloom gpt2 mpt starcoder jais refact nemotron_h nemotron_h_moe jamba kimi-linear kimi-k3'.split(
    ' ',
  ),
);

/** Blocks whose rotation is left out where they attend to everything. */
const rotatesWindowsOnly = new Set(['maple', 'muse-glimmer']);

/** Whether a layer of an architecture rotates queries and keys by their positions; some leave layers without any. */
export function isRotated(model: Model, name: string, layer: number, window: number | null): boolean {
  if (unrotated.has(name)) return false;
  if (rotatesWindowsOnly.has(name)) return window !== null;
  switch (name) {
    case 'cohere2':
    case 'exaone4':
    case 'exaone-moe':
      return window !== null || !hasWindows(model);
    case 'cohere2moe':
      return (
        window !== null || layer < ((model.metadata[`${name}.leading_dense_block_count`] as number) ?? 0)
      );
    case 'granite':
    case 'granitehybrid':
    case 'graniteswitch':
      return model.metadata[`${name}.rope.scaling.finetuned`] !== false;
    case 'baichuan':
      // the 13B of it uses ALiBi
      return model.block_count === 32;
    case 'llama4':
      return !hasWindows(model) || (layer + 1) % NO_ROPE_STEP !== 0;
    case 'smollm3':
    case 'afmoe':
      return (layer + 1) % NO_ROPE_STEP !== 0;
    case 'smallthinker':
      return !hasWindows(model) || layer % NO_ROPE_STEP !== 0;
    default:
      return true;
  }
}

/** Every so many layers one goes without positions (`n_no_rope_layer_step`). */
const NO_ROPE_STEP = 4;

function hasWindows(model: Model): boolean {
  return model.layers?.some((each) => each.cache !== null && each.cache.window !== null) ?? false;
}
