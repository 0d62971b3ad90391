/**
 * What each architecture of llama.cpp v0.5.0 keeps between tokens: `src/models/NAME.cpp: load_arch_hparams` for windows and
 * recurrent layers, `src/llama-model.cpp: create_memory` for which memory is made. Head sizes and counts are in the file.
 */
export interface MemoryRule {
  readonly window: WindowRule | null;
  readonly recurrent: RecurrentRule | null;
  /** Layers that own a cache, counted from the first; the others share theirs. `file`: `attention.shared_kv_layers` fewer than all. */
  readonly cachedFromStart: number | 'file' | null;
  readonly indexer: IndexerRule | null;
  /** What there is beside the blocks of the file: these again (`num_loops`), or one without tensors that finds adapters. */
  readonly more: 'loops' | 'router' | null;
  /** Whether keys of several tokens are kept as one (`compressed-memory.ts`), by which alone the memory goes. */
  readonly compressed: boolean;
  /** Whether one block also keeps what a convolution over n-grams goes back to. */
  readonly ngrams: boolean;
}

/** Which layers attend to a sliding window only. */
export interface WindowRule {
  /** One full layer in so many; `file` where only the file's own pattern says. */
  readonly period: number | 'file';
  /** Whether the full layer is the first of its period, not the last. */
  readonly fullFirst: boolean;
  /** Tokens where the file does not say. Null: the file must, or there is no window. */
  readonly fallback: number | null;
  /** Tokens whatever the file says, once it does not say zero. */
  readonly fixed: number | null;
  /** Whether a file without the window's size is one without windows. */
  readonly optional: boolean;
  /** Whether windows exist at this number of layers only. */
  readonly onlyAtLayers: number | null;
}

/** Which layers keep a state, and whether they have a cache too. */
export type RecurrentRule =
  /** Every layer, and no cache anywhere. */
  | { readonly kind: 'all' }
  /** Every layer, and a cache in every layer. */
  | { readonly kind: 'beside-cache' }
  /** Layers without KV heads. */
  | { readonly kind: 'no-kv-heads' }
  /** Layers without KV heads and without feed-forward; a cache only where there is no feed-forward either. */
  | { readonly kind: 'single-purpose' }
  /** `attention.recurrent_layers`, else all but every n-th (`full_attention_interval`). */
  | { readonly kind: 'interval'; readonly interval: number };

/** Which layers also cache one key a token for choosing what to attend to (sparse attention). */
export type IndexerRule = 'all' | 'after-dense-lead' | 'types' | 'types-if-any' | 'types-or-glm';

const plain: MemoryRule = {
  window: null,
  recurrent: null,
  cachedFromStart: null,
  indexer: null,
  more: null,
  compressed: false,
  ngrams: false,
};

function sliding(period: number | 'file', options: Partial<WindowRule> = {}): MemoryRule {
  const window = {
    period,
    fullFirst: false,
    fallback: null,
    fixed: null,
    optional: false,
    onlyAtLayers: null,
  };
  return { ...plain, window: { ...window, ...options } };
}

function recurrent(rule: RecurrentRule): MemoryRule {
  return { ...plain, recurrent: rule };
}

const plainNames = `
  llama deci falcon grok gpt2 gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2 qwen2moe qwen2vl qwen3 qwen3moe
  qwen3vl qwen3vlmoe phi2 phi3 phimoe plamo codeshell orion internlm2 minicpm minicpm3 gemma starcoder2 xverse command-r dbrx
  olmo olmoe openelm arctic deepseek deepseek2 deepseek2-ocr chatglm glm4 glm4moe bitnet t5 t5encoder jais jais2 nemotron exaone
  granite granitemoe chameleon plm bailingmoe bailingmoe2 dots1 arcee ernie4_5 ernie4_5-moe hunyuan-moe hunyuan-dense hunyuan_vl
  hy_v3 smollm3 seed_oss grovemoe apertus hrm_text minimax-m2 cogvlm pangu-embedded mistral3 mistral4 eagle3 paddleocr llama-embed
  maincoder talkie qwen3tts pockettts`;

/** Encoders and diffusion models, for which llama.cpp makes no memory at all, and draft models that read another's. */
const memoryless = new Set(
  `bert jina-bert-v2 jina-bert-v3 nomic-bert nomic-bert-moe neo-bert eurobert wavtokenizer-dec modern-bert gemma-embedding dream
  llada llada-moe rnd1 gemma4-assistant`.split(/\s+/),
);

const rules = new Map<string, MemoryRule>([
  ...plainNames
    .trim()
    .split(/\s+/)
    .map((name) => [name, plain] as const),
  ['afmoe', sliding(4, { optional: true })],
  ['cohere2', sliding(4)],
  ['cohere2moe', sliding(4, { fullFirst: true })],
  ['exaone-moe', sliding(4)],
  ['exaone4', sliding(4, { fallback: 4096, onlyAtLayers: 64 })],
  ['gemma2', sliding(2, { fallback: 4096 })],
  ['gemma3', sliding(6, { optional: true })],
  ['gemma3n', { ...sliding(5), cachedFromStart: 20 }],
  ['gemma4', { ...sliding('file'), cachedFromStart: 'file' }],
  ['gpt-oss', sliding(2)],
  ['granite_swa', sliding('file')],
  ['laguna', sliding(4, { fullFirst: true, optional: true })],
  ['llama4', sliding(4, { fallback: 8192, fixed: 8192 })],
  ['maple', sliding('file')],
  ['mellum', sliding(4, { optional: true })],
  ['mimo2', sliding('file')],
  ['muse-glimmer', sliding(4)],
  ['olmo2', sliding(4, { optional: true })],
  ['plamo3', sliding(8, { optional: true })],
  ['smallthinker', sliding(4, { fullFirst: true, fixed: 4096, optional: true })],
  ['spark2_5', sliding('file')],
  ['step35', sliding('file')],
  ['dots3note', { ...sliding('file'), indexer: 'types' }],
  ['deepseek4', { ...plain, compressed: true }],
  ['nanbeige', { ...plain, more: 'loops' }],
  ['graniteswitch', { ...plain, more: 'router' }],
  ['dflash', sliding(0, { optional: true })],
  ['deepseek32', { ...plain, indexer: 'all' }],
  ['glm-dsa', { ...plain, indexer: 'types-or-glm' }],
  ['hy_v4', { ...plain, indexer: 'types-if-any' }],
  ['minimax-m3', { ...plain, indexer: 'after-dense-lead' }],
  ['mamba', recurrent({ kind: 'all' })],
  ['mamba2', recurrent({ kind: 'all' })],
  ['rwkv6', recurrent({ kind: 'all' })],
  ['rwkv6qwen2', recurrent({ kind: 'all' })],
  ['rwkv7', recurrent({ kind: 'all' })],
  ['arwkv7', recurrent({ kind: 'all' })],
  ['falcon-h1', recurrent({ kind: 'beside-cache' })],
  ['jamba', recurrent({ kind: 'no-kv-heads' })],
  ['granitehybrid', recurrent({ kind: 'no-kv-heads' })],
  ['plamo2', recurrent({ kind: 'no-kv-heads' })],
  ['lfm2', { ...sliding(0, { optional: true }), recurrent: { kind: 'no-kv-heads' } }],
  ['lfm2moe', recurrent({ kind: 'no-kv-heads' })],
  ['kimi-linear', recurrent({ kind: 'no-kv-heads' })],
  ['kimi-k3', recurrent({ kind: 'no-kv-heads' })],
  ['bailingmoe3', recurrent({ kind: 'no-kv-heads' })],
  ['nemotron_h', recurrent({ kind: 'single-purpose' })],
  ['nemotron_h_moe', recurrent({ kind: 'single-purpose' })],
  ['qwen3next', recurrent({ kind: 'interval', interval: 4 })],
  ['qwen35', recurrent({ kind: 'interval', interval: 4 })],
  ['qwen35moe', recurrent({ kind: 'interval', interval: 4 })],
  ['qwen4exp', { ...recurrent({ kind: 'interval', interval: 4 }), indexer: 'all', ngrams: true }],
  ['minimax-01', recurrent({ kind: 'interval', interval: 8 })],
]);

/** The rule of an architecture; `none` for one without any memory; null for one that is not described here. */
export function memoryRuleOf(architecture: string): MemoryRule | 'none' | null {
  return memoryless.has(architecture) ? 'none' : (rules.get(architecture) ?? null);
}
