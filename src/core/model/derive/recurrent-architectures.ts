import type { Architecture } from './architecture';
import { latentAttention, mixtureAfterLead } from './latent-architectures';
import { ends, norms } from './parts';
import { kimiDelta, mamba1, mamba2 } from './recurrent-parts';

/** Nothing but Mamba in every layer. */
export const mamba: Architecture = {
  outside: ends,
  block: (model) => [...norms(model, 'attn_norm'), ...mamba1(model)],
};

/** Nothing but Mamba 2 in every layer. */
export const mamba2Alone: Architecture = {
  outside: ends,
  block: (model, traits) => [...norms(model, 'attn_norm'), ...mamba2(model, traits, true)],
};

/** Delta attention where a layer has no key-value heads, latent attention where it has; experts behind the first layers. */
export const kimiLinear: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...(model.at('attention.head_count_kv', layer) === 0
      ? kimiDelta(model, layer)
      : latentAttention(model, layer)),
    ...mixtureAfterLead(model, traits, layer),
  ],
};
