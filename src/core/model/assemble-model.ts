import type { Finding } from '../finding';
import { countSlots, layerMemory, type UnknownMemory } from './layer-memory';
import { fieldsOf, type ModelFields } from './metadata-fields';
import { countParameters } from './parameters';
import { quantLabel } from './quant-label';
import type { LayerMemory, Model, Tensor } from './schema';
import { placeOfTensor } from './tensor-role';

/** What a GGUF file says of itself under its own keys (`general.architecture`, `llama.block_count`, …); booleans in arrays as 0 and 1. */
export type Metadata = Model['metadata'];

/** A tensor as a GGUF file lists it: ggml's type name, innermost dimension first. */
export interface TensorFacts {
  readonly name: string;
  readonly type: string;
  readonly dimensions: readonly number[];
  readonly bytes: number;
}

/** Everything a Model is made from, whether read from a file or derived from a config. */
export interface ModelFacts {
  readonly name: string;
  readonly source: Model['source'];
  readonly fileBytes: number | null;
  /** Label where it is already known; null takes it from `general.file_type` or from the tensors. */
  readonly quant: string | null;
  readonly metadata: Metadata;
  readonly tensors: readonly TensorFacts[];
  /** Entries of the tokenizer, where a file without tensors has one. */
  readonly vocabulary?: number | null;
  readonly findings: readonly Finding[];
}

/**
 * The Model of a file's or a config's facts. What each layer keeps between tokens follows llama.cpp v0.5.0 by architecture; where that
 * is not known, `layers` is null and the finding `unknown-architecture` or `metadata-missing` says so. Never throws.
 */
export function assembleModel(facts: ModelFacts): Model {
  const { metadata } = facts;
  const architecture = textOrNull(metadata['general.architecture']);
  const fields = architecture === null ? null : fieldsOf(metadata, architecture);
  const tensors = facts.tensors.map((tensor) => placeTensor(tensor, architecture));
  const memory = memoryOf(architecture, fields);
  return {
    name: facts.name,
    source: facts.source,
    architecture,
    quant: facts.quant ?? quantLabel(metadata, facts.tensors),
    file_bytes: facts.fileBytes,
    parameters: countParameters(tensors, fields),
    block_count: fields === null ? null : countSlots(architecture!, fields),
    embedding_length: fields?.count('embedding_length') ?? null,
    vocabulary: vocabularyOf(facts, tensors, fields),
    context_trained: fields?.count('context_length') ?? null,
    feed_forward_length: fields?.largest('feed_forward_length') ?? null,
    attention: attentionOf(fields),
    experts: expertsOf(fields),
    tensors,
    layers: memory.layers === null ? null : [...memory.layers],
    metadata: withoutTokenizer(metadata),
    findings: [...facts.findings, ...memory.findings],
  };
}

function placeTensor(tensor: TensorFacts, architecture: string | null): Tensor {
  const { name, type, dimensions, bytes } = tensor;
  const { layer, role } = placeOfTensor(name, architecture);
  return { name, type, dimensions: [...dimensions], bytes, layer, role };
}

interface Memory {
  readonly layers: readonly LayerMemory[] | null;
  readonly findings: readonly Finding[];
}

function memoryOf(architecture: string | null, fields: ModelFields | null): Memory {
  if (architecture === null || fields === null) {
    return {
      layers: null,
      findings: [unknownMemory(null, { kind: 'missing-key', key: 'general.architecture' })],
    };
  }
  const memory = layerMemory(architecture, fields);
  return 'kind' in memory
    ? { layers: null, findings: [unknownMemory(architecture, memory)] }
    : { layers: memory, findings: [] };
}

function unknownMemory(architecture: string | null, unknown: UnknownMemory): Finding {
  if (unknown.kind === 'unknown-architecture') {
    return {
      severity: 'warning',
      code: 'unknown-architecture',
      path: '/architecture',
      message: `How much memory the context of a "${architecture}" model takes is not known here; the sizes of its weights are exact.`,
      remedy: 'Update Plimsoll, or try the model with a small context and watch its memory.',
    };
  }
  const key = architecture === null ? unknown.key : `${architecture}.${unknown.key}`;
  return {
    severity: 'warning',
    code: 'metadata-missing',
    path: '/metadata',
    message: `The model does not say ${key} in the form llama.cpp needs, so how much memory its context takes is not known.`,
    remedy: 'Get the model again or convert it with a current llama.cpp.',
  };
}

/** Rows of the embedding, which llama.cpp requires to be as many as the tokenizer's entries. */
function vocabularyOf(
  facts: ModelFacts,
  tensors: readonly Tensor[],
  fields: ModelFields | null,
): number | null {
  const embedding = tensors.find((tensor) => tensor.name === 'token_embd.weight');
  return embedding?.dimensions[1] ?? facts.vocabulary ?? fields?.count('vocab_size') ?? null;
}

function attentionOf(fields: ModelFields | null): Model['attention'] {
  if (fields === null) return { heads: null, kv_heads: null, key_length: null, value_length: null };
  const heads = fields.largest('attention.head_count');
  const width = fields.count('embedding_length');
  const even = heads !== null && heads > 0 && width !== null ? Math.floor(width / heads) : null;
  return {
    heads,
    kv_heads: fields.largest('attention.head_count_kv') ?? heads,
    key_length: fields.count('attention.key_length') ?? even,
    value_length: fields.count('attention.value_length') ?? even,
  };
}

function expertsOf(fields: ModelFields | null): Model['experts'] {
  const count = fields?.count('expert_count') ?? 0;
  if (fields === null || count === 0) return null;
  return {
    count,
    used: fields.largest('expert_used_count'),
    shared: fields.count('expert_shared_count'),
    feed_forward_length: fields.largest('expert_feed_forward_length'),
  };
}

function withoutTokenizer(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('tokenizer.')));
}

function textOrNull(value: Metadata[string] | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
