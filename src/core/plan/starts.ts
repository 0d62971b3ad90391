import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import { leansOnTarget } from './compute/drawing/block-drafter';
import { graphSize } from './compute/graph-size';
import { fileProblem } from './file-starts';
import { isQuantised } from './kv-cache';
import type { KvType } from './schema';
import type { CacheSettings, Settings } from './settings';
import { streamProblem } from './stream-starts';

/** One of llama.cpp's own checks that arguments fail; `docs/spec/verdict.md` has all of them with where they stand in its source. */
export interface StartProblem {
  readonly rule:
    | 'draft-alone'
    | 'one-latent-cache'
    | 'distances-in-one-cache'
    | 'unequal-parts'
    | 'value-cache-needs-fusing'
    | 'cache-in-blocks'
    | 'batch-of-all-sequences'
    | 'warm-up'
    | 'graph-too-large'
    | 'projector-of-another-model'
    | 'tensor-split'
    | 'number-of-blocks'
    | 'missing-tensors';
  /** What would end it, and which argument to change. */
  readonly message: string;
}

/** What the checks look at. */
export type StartSettings = CacheSettings & Pick<Settings, 'tool'>;

/**
 * The first of llama.cpp v0.5.0's checks that these settings fail on any machine; null where it starts. `beside`: as a draft model, with
 * the model that it drafts for.
 */
export function startProblem(model: Model, settings: StartSettings, beside = false): StartProblem | null {
  return (
    (beside ? null : aloneProblem(model)) ??
    fileProblem(model) ??
    latentProblem(model, settings) ??
    streamProblem(model, settings) ??
    fusingProblem(model, settings) ??
    blocksProblem(model, settings) ??
    batchProblem(settings) ??
    graphProblem(model, settings)
  );
}

/** K and V of these are one and the same (`src/llama-context.cpp: llama_init_from_model`). */
function latentProblem(model: Model, { keyType, valueType }: StartSettings): StartProblem | null {
  if (keyType === valueType || !(isLatent(model) || model.architecture === 'deepseek4')) return null;
  return {
    rule: 'one-latent-cache',
    message: `This model keeps K and V in one cache, which cannot be ${keyType} and ${valueType} at once; give -ctk and -ctv the same type.`,
  };
}

/** Draft models that compute with another's tensors (`src/llama-context.cpp: llama_context`, `ctx_other`). */
function aloneProblem(model: Model): StartProblem | null {
  const { architecture } = model;
  if (architecture !== 'gemma4-assistant' && !(architecture === 'dflash' && leansOnTarget(model)))
    return null;
  return {
    rule: 'draft-alone',
    message: `${model.name} drafts for another model and does not start alone; name the model it belongs to, and this one with -md and --spec-type ${architecture === 'dflash' ? 'draft-dflash' : 'draft-mtp'}.`,
  };
}

/** Multi-head latent attention (`src/llama-hparams.cpp: is_mla`). */
function isLatent({ metadata, architecture }: Model): boolean {
  const widths = ['key_length_mla', 'value_length_mla'];
  return widths.every((name) => Number(metadata[`${architecture}.attention.${name}`] ?? 0) > 0);
}

/** `llama_init_from_model`; Grok goes without whatever is asked for. */
function fusingProblem(model: Model, { valueType, flashAttention }: StartSettings): StartProblem | null {
  if (!isQuantised(valueType) || fuses(model, flashAttention)) return null;
  const why = flashAttention
    ? 'which llama.cpp does not use for Grok; choose -ctv f16'
    : 'which is switched off; write -fa on, or -ctv f16';
  return {
    rule: 'value-cache-needs-fusing',
    message: `A V cache of type ${valueType} needs flash attention, ${why}.`,
  };
}

function fuses(model: Model, flashAttention: boolean): boolean {
  return flashAttention && model.architecture !== 'grok';
}

/** Elements that share a scale in every quantised cache type. */
const BLOCK = 32;

/**
 * `llama_init_from_model` looks at heads with flash attention. Without, llama.cpp starts where the heads of a row fill whole blocks
 * together, but finds each where no block begins (`src/llama-kv-cache.cpp: get_k`) and answers with what are no numbers; where they do
 * not, it ends (`ggml_new_tensor_impl`).
 */
function blocksProblem(
  model: Model,
  { keyType, valueType, flashAttention }: StartSettings,
): StartProblem | null {
  const { key, value } = headWidths(model);
  const fused = fuses(model, flashAttention);
  if (!holdsBlocks(keyType, key)) return tooNarrow('K', keyType, fused);
  return !fused || holdsBlocks(valueType, value) ? null : tooNarrow('V', valueType, fused);
}

function holdsBlocks(type: KvType, widths: readonly number[]): boolean {
  return !isQuantised(type) || widths.every((width) => width % BLOCK === 0);
}

function tooNarrow(cache: 'K' | 'V', type: KvType, fused: boolean): StartProblem {
  const option = cache === 'K' ? '-ctk' : '-ctv';
  const outcome = fused ? '' : ', and without flash attention llama.cpp ends or answers rubbish';
  return {
    rule: 'cache-in-blocks',
    message: `A ${cache} cache of type ${type} holds numbers in blocks of ${BLOCK}, which this model's heads do not divide into${outcome}; choose ${option} f16.`,
  };
}

/** Widths of the heads that a cache holds; layers with a window may have their own. */
function headWidths(model: Model): { key: readonly number[]; value: readonly number[] } {
  return {
    key: [model.attention.key_length, windowedWidth(model, 'key_length')].flatMap(orNothing),
    value: [model.attention.value_length, windowedWidth(model, 'value_length')].flatMap(orNothing),
  };
}

function windowedWidth(model: Model, name: string): number | null {
  const width = model.metadata[`${model.architecture}.attention.${name}_swa`];
  return typeof width === 'number' ? width : null;
}

function orNothing(width: number | null): readonly number[] {
  return width === null ? [] : [width];
}

/** The tokens that llama.cpp warms up with: the first and the last of a text (`common_init_from_params`). */
const WARM_UP_TOKENS = 2;

/**
 * A batch, which is no larger than the context, holds an output of every sequence (`output_reserve`: n_outputs_max), and the
 * warm-up (`decode`: n_tokens_all <= n_batch).
 */
function batchProblem({ tool, batch, context, sequences }: StartSettings): StartProblem | null {
  const most = Math.min(batch, context);
  if (most < sequences) {
    const option = context < batch ? '-c' : '-b';
    return {
      rule: 'batch-of-all-sequences',
      message: `A batch of ${formatInteger(most)} tokens cannot hold one of each of ${formatInteger(sequences)} sequences; raise ${option}, or lower -np.`,
    };
  }
  if (tool !== 'llama-server' || context >= Math.min(batch, WARM_UP_TOKENS)) return null;
  return {
    rule: 'warm-up',
    message: `A context of ${formatInteger(context)} token is less than llama-server warms up with; raise -c.`,
  };
}

/** The scheduler's table of a graph's tensors is as large as the number of weights lets llama.cpp expect. */
function graphProblem(model: Model, settings: StartSettings): StartProblem | null {
  const size = graphSize(model, settings);
  if (size === null || (size.nodes < size.mostNodes && size.nodes + size.leaves <= size.mostTensors))
    return null;
  const options = [
    ...(isQuantised(settings.keyType) || isQuantised(settings.valueType) ? ['-ctk f16 -ctv f16'] : []),
    ...(settings.sequences > 1 ? ['-np 1'] : []),
  ];
  const change = options.length === 0 ? '' : `; choose ${options.join(', or ')}`;
  return {
    rule: 'graph-too-large',
    message: `The graph would have ${formatInteger(size.nodes + size.leaves)} tensors, and llama.cpp reserves places for ${formatInteger(size.mostTensors)} and then aborts${change}.`,
  };
}
