import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import { indexOf } from './model-index';
import { type CacheSettings, microBatchOf } from './settings';
import type { StartProblem } from './starts';

/** What llama.cpp ends with where sequences have a cache of their own each; null where it starts. */
export function streamProblem(model: Model, settings: CacheSettings): StartProblem | null {
  if (settings.sequences === 1 || settings.unified) return null;
  return distancesProblem(model, settings) ?? partsProblem(model, settings);
}

/** T5's bias by distance has the tokens of all sequences, its scores those of one (`ggml_can_repeat` in src/llama-graph.cpp: build_attn_mha). */
function distancesProblem({ architecture }: Model, { sequences }: CacheSettings): StartProblem | null {
  if (architecture !== 't5') return null;
  return {
    rule: 'distances-in-one-cache',
    message: `llama.cpp v0.5.0 ends where a T5 model is to answer ${sequences} sequences with a cache of their own each; choose -np 1, or -kvu with llama-server.`,
  };
}

/** Whether llama.cpp reserves a whole micro-batch of one sequence beside that of all (`src/llama-context.cpp: sched_reserve`). */
export function isReservedAlone({ architecture }: Model): boolean {
  return architecture === 'kimi-linear' || architecture === 'minimax-01';
}

/**
 * That micro-batch is shared out over the caches of all (`build_attn_mha`: ne[2]/n_stream); tokens that are left over are missing where
 * attention is added to its input (`ggml_can_repeat`). The last block picks the outputs first, and misses none.
 */
function partsProblem(model: Model, settings: CacheSettings): StartProblem | null {
  const { sequences } = settings;
  const tokens = microBatchOf(settings);
  if (!isReservedAlone(model) || tokens % sequences === 0 || !attendsBeforeLast(model)) return null;
  const even = evenMicroBatch(tokens, sequences);
  return {
    rule: 'unequal-parts',
    message: `llama.cpp v0.5.0 shares a micro-batch of this model out over ${formatInteger(sequences)} sequences, and ends where ${formatInteger(tokens)} tokens do not divide; choose ${even === null ? '' : `-ub ${even}, `}-np 1, or -kvu with llama-server.`,
  };
}

function attendsBeforeLast(model: Model): boolean {
  const { trunk } = indexOf(model);
  return (model.layers ?? []).slice(0, trunk - 1).some(({ cache }) => cache !== null);
}

/** The largest micro-batch up to `tokens` with as many of each sequence; null where it holds no token of each. */
export function evenMicroBatch(tokens: number, sequences: number): number | null {
  const even = Math.floor(tokens / sequences) * sequences;
  return even === 0 ? null : even;
}
