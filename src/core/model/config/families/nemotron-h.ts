import { describe } from '../base-metadata';
import type { Keys } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { ConfigError } from '../config-error';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, need, text, texts } from '../config-fields';
import { MOST_LAYERS } from '../../most-layers';

/** Each layer is one thing only: Mamba 2, attention, or a feed-forward part, dense or of experts (`conversion/nemotron.py`). */
export const nemotronH: Family = {
  architectures: ['NemotronHForCausalLM'],
  modelTypes: ['nemotron_h'],
  blueprint: (config) => {
    const kinds = layerKinds(config);
    return count(config, ['num_experts_per_tok']) === null
      ? describeNemotron('nemotron_h', config, kinds, {})
      : describeNemotron('nemotron_h_moe', config, kinds, mixtureKeys(config, kinds));
  },
};

type Kind = 'mamba' | 'attention' | 'feed-forward';

const letters: Readonly<Record<string, Kind>> = {
  M: 'mamba',
  '*': 'attention',
  '-': 'feed-forward',
  E: 'feed-forward',
  mamba: 'mamba',
  attention: 'attention',
  full_attention: 'attention',
  mlp: 'feed-forward',
  moe: 'feed-forward',
};

function describeNemotron(
  architecture: string,
  config: Config,
  kinds: readonly Kind[],
  added: Keys,
): Blueprint {
  const heads = need(config, ['mamba_num_heads']);
  const keyValueHeads = need(config, ['num_key_value_heads']);
  const feedForward = countOrZero(config, ['intermediate_size']) ?? 0;
  return {
    metadata: describe(
      architecture,
      { ...config, num_hidden_layers: kinds.length },
      {
        // Without positions the converter writes 2^20 as context, "arbitrary" in its own words.
        context_length: 2 ** 20,
        'attention.head_count_kv': kinds.map((kind) => (kind === 'attention' ? keyValueHeads : 0)),
        feed_forward_length: kinds.map((kind) => (kind === 'feed-forward' ? feedForward : 0)),
        'attention.layer_norm_epsilon': decimal(config, 'layer_norm_epsilon'),
        'ssm.conv_kernel': need(config, ['conv_kernel']),
        'ssm.inner_size': heads * need(config, ['mamba_head_dim']),
        'ssm.state_size': need(config, ['ssm_state_size']),
        'ssm.time_step_rank': heads,
        'ssm.group_count': need(config, ['n_groups']),
        ...added,
      },
    ),
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
      attentionBias: flag(config, 'attention_bias', false),
      attentionOutputBias: flag(config, 'attention_bias', false),
      feedForwardBias: flag(config, 'mlp_bias', false),
      convolutionBias: flag(config, 'use_conv_bias', true),
    },
  };
}

/** With experts, the converter appends the block that predicts ahead: attention and experts in one. */
function mixtureKeys(config: Config, kinds: readonly Kind[]): Keys {
  const width = need(config, ['moe_intermediate_size']);
  const keyValueHeads = need(config, ['num_key_value_heads']);
  const ahead = Array.from({ length: countOrZero(config, ['num_nextn_predict_layers'], 1) ?? 0 });
  return {
    block_count: kinds.length + ahead.length,
    nextn_predict_layers: ahead.length === 0 ? null : ahead.length,
    'attention.head_count_kv': [
      ...kinds.map((kind) => (kind === 'attention' ? keyValueHeads : 0)),
      ...ahead.map(() => keyValueHeads),
    ],
    feed_forward_length: [
      ...kinds.map((kind) => (kind === 'feed-forward' ? width : 0)),
      ...ahead.map(() => width),
    ],
    expert_feed_forward_length: width,
    expert_shared_feed_forward_length: need(config, ['moe_shared_expert_intermediate_size']),
    expert_shared_count: countOrZero(config, ['n_shared_experts']),
    expert_weights_scale: decimal(config, 'routed_scaling_factor'),
    expert_weights_norm: flag(config, 'norm_topk_prob', true),
    moe_latent_size: count(config, ['moe_latent_size']),
  };
}

/** What each layer is, from a pattern of letters or a list of words. */
function layerKinds(config: Config): readonly Kind[] {
  const pattern = Array.isArray(config['hybrid_override_pattern'])
    ? null
    : text(config, 'hybrid_override_pattern');
  const marks = pattern === null ? (texts(config, 'layers_block_type') ?? []) : pattern.split('');
  if (marks.length === 0)
    throw new ConfigError('The config does not say hybrid_override_pattern.', 'hybrid_override_pattern');
  if (marks.length > MOST_LAYERS)
    throw new ConfigError(
      `hybrid_override_pattern names ${marks.length} layers; llama.cpp holds at most ${MOST_LAYERS}.`,
    );
  return marks.map((mark) => {
    const kind = Object.hasOwn(letters, mark) ? letters[mark] : undefined;
    if (kind === undefined)
      throw new ConfigError(`hybrid_override_pattern has a layer "${mark}", which is not known.`);
    return kind;
  });
}
