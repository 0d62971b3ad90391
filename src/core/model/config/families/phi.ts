import { describe, headLength, ropeParameters, ropeType } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { contextLength, count, countOrZero, decimal, flag } from '../config-fields';

/**
 * Phi 3, 3.5 and 4: query, key and value in one tensor, gate and up in one (`conversion/phi.py`). llama.cpp writes the
 * window and does not use it.
 */
export const phi3: Family = {
  architectures: ['Phi3ForCausalLM'],
  modelTypes: ['phi3', 'phi4'],
  blueprint: (config) => describePhi('phi3', config),
};

/** Phi 3.5 MoE: every tensor of its own, and experts in all layers. */
export const phiMoe: Family = {
  architectures: ['PhiMoEForCausalLM'],
  modelTypes: ['phimoe'],
  blueprint: (config) => describePhi('phimoe', config),
};

function describePhi(architecture: string, config: Config): Blueprint {
  const rotated =
    decimal(ropeParameters(config), 'partial_rotary_factor') ?? decimal(config, 'partial_rotary_factor') ?? 1;
  const long = ropeType(config) === 'longrope' || ropeType(config) === 'su';
  return {
    metadata: describe(architecture, config, {
      'rope.dimension_count': Math.floor(headLength(config) * rotated),
      'rope.scaling.original_context_length':
        count(config, ['original_max_position_embeddings']) ?? contextLength(config),
      'attention.sliding_window': countOrZero(config, ['sliding_window']) ?? 0,
    }),
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
      ropeFactors: long ? 'long-and-short' : 'none',
    },
  };
}
