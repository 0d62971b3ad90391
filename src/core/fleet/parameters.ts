/** What a parameter is, where it is from, why it counts, and what goes wrong with it. */
export interface Parameter {
  readonly description: string;
  readonly source: string;
  readonly importance: string;
  readonly common_errors: string;
}

/** Every parameter of a sizing, by the name that options and JSON have for it. */
export const parameterDictionary: Readonly<Record<string, Parameter>> = {
  num_layers: {
    description: 'Layers of the model; those with attention keep keys and values of every token.',
    source: 'The architecture of the model; fixed.',
    importance: 'The cache grows in proportion to the layers that keep one.',
    common_errors: 'Counting layers that keep a state instead of a cache, or none.',
  },
  num_key_value_heads: {
    description: 'Heads that keys and values are kept for; fewer than the heads that ask (grouped queries).',
    source: 'The architecture of the model; fixed.',
    importance: 'The cache grows in proportion to them.',
    common_errors: 'Taking num_attention_heads instead: four to eight times too much.',
  },
  head_dim: {
    description: 'Numbers of one key or value of one head.',
    source: 'The architecture of the model; fixed.',
    importance: 'The cache grows in proportion to it.',
    common_errors: 'Dividing the width by the heads where the model names another length.',
  },
  max_position_embeddings: {
    description: 'The longest context that the model was made for.',
    source: 'The architecture of the model; fixed.',
    importance: 'A longer context is sized as this one, because the model cannot use more.',
    common_errors: 'Taking a context that only scaling tricks allow.',
  },
  attention_pattern: {
    description:
      'Whether layers see the whole context (full), a window (sliding), some of both (hybrid), one latent vector (latent) or a state (recurrent).',
    source: 'The architecture of the model; fixed.',
    importance: 'Windows and states do not grow with the context: two to five times less memory.',
    common_errors: 'Counting every layer with full attention.',
  },
  sliding_window: {
    description: 'Tokens that layers with a window see.',
    source: 'The architecture of the model; fixed.',
    importance: 'Their cache grows no further than this.',
    common_errors: 'Forgetting that a runtime may keep a batch on top of it.',
  },
  effective_context: {
    description: 'Tokens that a session really keeps: prompt, history and answer.',
    source: 'What the product asks for.',
    importance: 'Twice the context is twice the cache of layers with full attention.',
    common_errors: 'Taking the mean where the 95th or 99th percentile decides; see contexts.',
  },
  kv_precision: {
    description: 'How a number of the cache is stored.',
    source: 'A setting of the runtime.',
    importance: '16 bits take twice the memory of 8, and so twice the nodes.',
    common_errors: 'Taking 8 bits for granted without comparing answers.',
  },
  concurrency: {
    description: 'Sessions that are open at a time.',
    source: 'What the product asks for.',
    importance: 'The whole cache grows in proportion to it; weights do not.',
    common_errors: 'Taking users, or requests a second, for open sessions.',
  },
  kv_budget_ratio: {
    description: 'Share of the memory left after weights and runtime that caches may take.',
    source: 'A choice of operation.',
    importance: 'Higher is fewer nodes and more trouble: above 0.75 fragmentation makes itself felt.',
    common_errors: 'Planning with all of it.',
  },
  runtime_overhead_gib: {
    description:
      'Flat GiB of a node for weights, activations and buffers; left away, weights are counted once for each copy.',
    source: 'An estimate, or the weights themselves.',
    importance: 'What it takes is not there for caches.',
    common_errors: 'Keeping the figure when the model or its quantisation changes.',
  },
  tensor_parallel: {
    description: 'Cards that one copy of the weights is spread over.',
    source: 'A choice of operation; it must divide the attention heads.',
    importance: 'More cards for a copy are fewer copies, and more room for caches in each.',
    common_errors:
      'Splitting over more cards than there are key-value heads: then those are kept more than once.',
  },
  peak_headroom_ratio: {
    description: 'Room for peaks above the sessions asked for.',
    source: 'A choice of operation.',
    importance: 'Without it a peak is refused or slowed down.',
    common_errors: 'Counting spare nodes for failures as room for peaks.',
  },
  ha_mode: {
    description: 'Spare nodes: none, n+1 or n+2.',
    source: 'What availability asks for.',
    importance: 'So many nodes may fail, or be serviced, while every session goes on.',
    common_errors: 'Taking n+1 where one node is being serviced most of the time.',
  },
};
