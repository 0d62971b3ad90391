import { describe, expect, it } from 'vitest';
import { assembleModel, type Metadata, type TensorFacts } from '../../../src/core/model/assemble-model';
import type { LayerMemory, Model } from '../../../src/core/model/schema';
import { bytesOfTensor } from '../../../src/core/model/tensor-types';

function modelOf(architecture: string, keys: Metadata, tensors: readonly TensorFacts[] = []): Model {
  const own = Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  return assembleModel({
    name: 'made up',
    source: { kind: 'gguf', locator: 'made-up.gguf', tensors: 'read' },
    fileBytes: null,
    quant: null,
    metadata: { 'general.architecture': architecture, ...Object.fromEntries(own) },
    tensors,
    findings: [],
  });
}

const basic = {
  block_count: 6,
  embedding_length: 64,
  'attention.head_count': 4,
  'attention.head_count_kv': 2,
};

/** One letter a layer: f full cache, w window, r state, b both, - nothing. */
function sketch(layers: readonly LayerMemory[] | null): string | null {
  return layers === null ? null : layers.map(letterOf).join('');
}

function letterOf({ cache, state }: LayerMemory): string {
  if (cache !== null && state !== null) return 'b';
  if (state !== null) return 'r';
  if (cache === null) return '-';
  return cache.window === null ? 'f' : 'w';
}

function first(architecture: string, keys: Metadata): LayerMemory {
  return modelOf(architecture, keys).layers![0]!;
}

function tensor(name: string, dimensions: number[], type = 'f16'): TensorFacts {
  return { name, type, dimensions, bytes: bytesOfTensor(type, dimensions)! };
}

describe('which layers keep what', () => {
  const window = { 'attention.sliding_window': 512 };
  const scan = {
    'ssm.conv_kernel': 4,
    'ssm.inner_size': 128,
    'ssm.state_size': 16,
    'ssm.group_count': 2,
    'ssm.time_step_rank': 4,
  };
  const cases: readonly [title: string, architecture: string, keys: Metadata, sketch: string | null][] = [
    ['a cache in all of Llama', 'llama', basic, 'ffffff'],
    ['no windows in Phi-3, whatever its file says', 'phi3', { ...basic, ...window }, 'ffffff'],
    ['every second window in gpt-oss', 'gpt-oss', { ...basic, ...window }, 'wfwfwf'],
    ['every second window in Gemma 2, of 4096 tokens unless said', 'gemma2', basic, 'wfwfwf'],
    ['five windows of six in Gemma 3', 'gemma3', { ...basic, ...window }, 'wwwwwf'],
    ['no window in Gemma 3 where the file has none', 'gemma3', basic, 'ffffff'],
    [
      'the period that the file gives',
      'gemma3',
      { ...basic, ...window, 'attention.sliding_window_pattern': 3 },
      'wwfwwf',
    ],
    [
      'the array that the file gives',
      'gemma3',
      { ...basic, ...window, 'attention.sliding_window_pattern': [0, 1, 1, 0, 0, 1] },
      'fwwffw',
    ],
    ['three windows of four in Command R7B', 'cohere2', { ...basic, ...window }, 'wwwfww'],
    ['full attention first in Cohere 2 mixtures', 'cohere2moe', { ...basic, ...window }, 'fwwwfw'],
    ['chunks of 8192 tokens in Llama 4', 'llama4', basic, 'wwwfww'],
    [
      'no chunks in Llama 4 where the file says zero',
      'llama4',
      { ...basic, 'attention.sliding_window': 0 },
      'ffffff',
    ],
    ['windows in EXAONE 4 of 64 layers only', 'exaone4', { ...basic, ...window }, 'ffffff'],
    [
      'a shared cache at the end of Gemma 4',
      'gemma4',
      {
        ...basic,
        ...window,
        'attention.sliding_window_pattern': [1, 1, 0, 1, 1, 0],
        'attention.shared_kv_layers': 2,
      },
      'wwfw--',
    ],
    [
      'no cache in the block that predicts further tokens',
      'glm4moe',
      { ...basic, nextn_predict_layers: 1 },
      'fffff-',
    ],
    [
      'a state in layers without KV heads',
      'granitehybrid',
      { ...basic, ...scan, 'attention.head_count_kv': [0, 0, 2, 0, 0, 2] },
      'rrfrrf',
    ],
    ['cache and state in all of Falcon-H1', 'falcon-h1', { ...basic, ...scan }, 'bbbbbb'],
    ['every fourth layer with a cache in Qwen3-Next', 'qwen3next', { ...basic, ...scan }, 'rrrfrr'],
    [
      'the layers that the file calls recurrent',
      'qwen35',
      { ...basic, ...scan, 'attention.recurrent_layers': [1, 0, 1, 0, 1, 0] },
      'rfrfrf',
    ],
    [
      'one thing a layer in Nemotron-H',
      'nemotron_h',
      {
        ...basic,
        ...scan,
        'attention.head_count_kv': [0, 0, 2, 0, 0, 0],
        feed_forward_length: [0, 256, 0, 0, 256, 0],
      },
      'r-fr-r',
    ],
    ['a state everywhere in Mamba', 'mamba2', { block_count: 2, embedding_length: 64, ...scan }, 'rr'],
    [
      'a convolution in LFM2',
      'lfm2',
      { ...basic, 'shortconv.l_cache': 3, 'attention.head_count_kv': [0, 0, 2, 0, 2, 2] },
      'rrfrff',
    ],
    ['nothing in an encoder', 'bert', basic, '------'],
    ['nothing known of an architecture to come', 'llama17', basic, null],
    ['nothing known of compressed attention', 'deepseek4', { ...basic, ...window }, null],
  ];

  it.each(cases)('%s', (_, architecture, keys, expected) => {
    expect(sketch(modelOf(architecture, keys).layers)).toBe(expected);
  });
});

describe('how much a layer keeps', () => {
  it('is KV heads times head length, the head length an even share of the width unless said', () => {
    expect(first('llama', basic).cache).toEqual({ key_elements: 32, value_elements: 32, window: null });
    const keys = { ...basic, 'attention.key_length': 128, 'attention.value_length': 64 };
    expect(first('llama', keys).cache).toEqual({ key_elements: 256, value_elements: 128, window: null });
  });

  it('is heads where the file has no KV heads', () => {
    expect(
      first('llama', { block_count: 1, embedding_length: 64, 'attention.head_count': 4 }).cache!.key_elements,
    ).toBe(64);
  });

  it('follows each layer where KV heads are an array', () => {
    const { layers } = modelOf('llama', { ...basic, 'attention.head_count_kv': [1, 2, 4, 0, 1, 1] });
    expect(layers!.map(({ cache }) => cache?.key_elements ?? null)).toEqual([16, 32, 64, null, 16, 16]);
  });

  it('is keys alone with latent attention', () => {
    const latent = {
      'attention.key_length': 576,
      'attention.value_length': 512,
      'attention.key_length_mla': 192,
      'attention.value_length_mla': 128,
    };
    const keys = { ...basic, 'attention.head_count_kv': 1, ...latent };
    expect(first('deepseek2', keys).cache).toEqual({ key_elements: 576, value_elements: 0, window: null });
    const sparse = { ...keys, 'attention.indexer.key_length': 128 };
    expect(first('deepseek32', sparse).cache).toEqual({
      key_elements: 704,
      value_elements: 0,
      window: null,
      indexer: { key_elements: 128, value_elements: 0 },
    });
  });

  it('is what llama-hparams.cpp says for each kind of state', () => {
    const width = {
      block_count: 1,
      embedding_length: 64,
      'attention.head_count': 4,
      'attention.head_count_kv': [0],
    };
    const scan = { 'ssm.conv_kernel': 4, 'ssm.inner_size': 128, 'ssm.state_size': 16, 'ssm.group_count': 2 };
    expect(first('granitehybrid', { ...width, ...scan }).state).toEqual({
      r_elements: 576,
      s_elements: 2048,
    });
    expect(first('jamba', { ...width, ...scan }).state).toEqual({ r_elements: 384, s_elements: 2048 });
    expect(first('lfm2', { ...width, 'shortconv.l_cache': 3 }).state).toEqual({
      r_elements: 128,
      s_elements: 0,
    });
    expect(first('rwkv7', { ...width, 'wkv.head_size': 16 }).state).toEqual({
      r_elements: 128,
      s_elements: 1024,
    });
    const kda = { 'kda.head_dim': 8, 'ssm.conv_kernel': 4 };
    expect(first('kimi-linear', { ...width, ...kda }).state).toEqual({ r_elements: 288, s_elements: 256 });
  });
});

describe('what a model does not say', () => {
  it('is a finding where the architecture is not known, and the weights are still there', () => {
    const model = modelOf('llama17', basic, [tensor('blk.0.attn_q.weight', [8, 8])]);
    expect(model.findings).toMatchObject([{ code: 'unknown-architecture', severity: 'warning' }]);
    expect(model.tensors).toHaveLength(1);
    expect(model.parameters.total).toBe(64);
  });

  it.each<[string, string, Metadata]>([
    ['no number of blocks', 'llama', { embedding_length: 64 }],
    ['a million blocks', 'llama', { ...basic, block_count: 1_000_000 }],
    ['no window where one is needed', 'gpt-oss', basic],
    ['no pattern where one is needed', 'gemma4', { ...basic, 'attention.sliding_window': 512 }],
    ['KV heads for other than its blocks', 'llama', { ...basic, 'attention.head_count_kv': [1, 2] }],
    ['no size of its state', 'mamba', { block_count: 2, embedding_length: 64 }],
  ])('leaves the layers unknown: %s', (_, architecture, keys) => {
    const model = modelOf(architecture, keys);
    expect(model.layers).toBeNull();
    expect(model.findings).toMatchObject([{ code: 'metadata-missing' }]);
  });

  it('is null, not zero', () => {
    const model = assembleModel({
      name: 'nothing',
      source: { kind: 'gguf', locator: 'nothing.gguf', tensors: 'read' },
      fileBytes: null,
      quant: null,
      metadata: {},
      tensors: [],
      findings: [],
    });
    expect(model).toMatchObject({
      architecture: null,
      quant: null,
      parameters: { total: null, active: null },
      block_count: null,
      vocabulary: null,
      experts: null,
      layers: null,
    });
  });
});

describe('parameters', () => {
  it('are active by the share of experts used, everything else in full', () => {
    const tensors = [tensor('token_embd.weight', [64, 100]), tensor('blk.0.ffn_up_exps.weight', [64, 32, 8])];
    const keys = { ...basic, expert_count: 8, expert_used_count: 2 };
    expect(modelOf('qwen3moe', keys, tensors).parameters).toEqual({ total: 22_784, active: 10_496 });
  });

  it('are active by layer where each uses another number of experts', () => {
    const tensors = [
      tensor('blk.0.ffn_up_exps.weight', [64, 32, 8]),
      tensor('blk.1.ffn_up_exps.weight', [64, 32, 8]),
    ];
    const keys = { ...basic, expert_count: 8, expert_used_count: [8, 4, 4, 4, 4, 4] };
    expect(modelOf('qwen3moe', keys, tensors).parameters.active).toBe(16_384 + 8192);
  });

  it('are not known to be active where the file does not say how many experts are used', () => {
    const tensors = [tensor('blk.0.ffn_up_exps.weight', [64, 32, 8])];
    expect(modelOf('qwen3moe', basic, tensors).parameters).toEqual({ total: 16_384, active: null });
  });

  it('take their label from the type that most bytes have where the file gives none', () => {
    const tensors = [
      tensor('token_embd.weight', [64, 100]),
      tensor('blk.0.ffn_up.weight', [256, 256], 'q4_K'),
    ];
    expect(modelOf('llama', basic, tensors).quant).toBe('Q4_K');
  });
});
