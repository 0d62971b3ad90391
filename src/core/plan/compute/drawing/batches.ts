import type { Model } from '../../../model/schema';
import { keepsApart } from '../../kv-cache';
import type { Placed } from '../../placed';
import { cellsApart, cellsOf, microBatchOf, type Settings } from '../../settings';
import { isReservedAlone } from '../../stream-starts';
import { draftsBlocks } from './block-drafter';
import { looksBothWays } from './encoder';
import { keepsFlash } from './fused-operations';
import type { Batch } from './sheet';

/** What the batches follow from of a model. */
interface Facts {
  /** Whether tokens attend to later ones too. */
  readonly looksBothWays: boolean;
  /** Whether its graph of one sequence alone may take more than one of several (`sched_reserve`). */
  readonly reservedAlone: boolean;
  /** Whether the logits of all tokens are computed, whatever is asked for. */
  readonly allOutputs: boolean;
  /** Whether there are states beside caches. */
  readonly recurrent: boolean;
  /** Whether values are kept in the cache of keys. */
  readonly latent: boolean;
  /** Whether each sequence has cells of its own, also in a unified cache. */
  readonly apart: boolean;
}

const known = new WeakMap<Model, Facts>();

function factsOf(model: Model): Facts {
  const found = known.get(model);
  if (found !== undefined) return found;
  const layers = model.layers ?? [];
  const made = {
    looksBothWays: looksBothWays(model),
    reservedAlone: isReservedAlone(model),
    allOutputs: draftsBlocks(model),
    recurrent: layers.some(({ state }) => state !== null),
    latent: layers.some(({ cache }) => cache !== null && cache.value_elements === 0),
    apart: keepsApart(layers),
  };
  known.set(model, made);
  return made;
}

/** The batch that llama.cpp reserves its buffers for (`src/llama-context.cpp: sched_reserve, graph_reserve`). */
export function batchOf(model: Model, settings: Settings): Batch {
  const facts = factsOf(model);
  const cells = facts.apart ? cellsApart(settings) : cellsOf(settings);
  const { sequences } = settings;
  const asked = facts.looksBothWays ? Math.min(settings.microBatch, settings.batch) : microBatchOf(settings);
  const most = Math.min(cells.perStream * cells.streams, asked);
  const tokens = Math.ceil(most / sequences) * sequences;
  // The server promises to ask for no more logits than it has sequences; the other tools may ask for all.
  const some = settings.tool === 'llama-server' && !facts.allOutputs;
  const wanted = some ? Math.min(settings.batch, sequences) : most;
  return { tokens, sequences, outputs: Math.min(most, wanted), cells };
}

/** All batches that buffers are reserved for, of which the largest of each device counts; the dry run reserves the first alone. */
export function batchesOf(model: Model, settings: Settings, placed: Placed): readonly Batch[] {
  const batch = batchOf(model, settings);
  if (settings.tool === 'llama-fit-params') return [batch];
  const alone = aloneBatch(model, settings, batch);
  const single = tokenBatch(model, settings, placed, batch);
  return [batch, ...(alone === null ? [] : [alone]), ...(single === null ? [] : [single])];
}

function aloneBatch(model: Model, settings: Settings, batch: Batch): Batch | null {
  const { sequences, unified } = settings;
  if (sequences === 1 || !factsOf(model).reservedAlone) return null;
  const tokens = Math.min(batch.tokens, microBatchOf(settings));
  // streams of unequal lengths cannot be computed
  if (!unified && tokens % sequences !== 0) return null;
  return { ...batch, tokens, sequences: 1, others: sequences - 1 };
}

/**
 * The batch of one token a sequence. It needs more only where larger ones are computed on a device in place of the host, which then
 * turns or converts its caches for none but this.
 */
function tokenBatch(model: Model, settings: Settings, placed: Placed, batch: Batch): Batch | null {
  const { homes } = placed;
  const { sequences, offloadCache, offloadOperations } = settings;
  if (homes.host === 0 || !offloadOperations || !convertsCaches(model, settings, placed)) return null;
  if (offloadCache && !homes.blocks.includes(homes.host)) return null;
  return { tokens: sequences, sequences, outputs: sequences, cells: batch.cells };
}

/** Whether caches are converted for fused attention, or turned because they are not kept as attention without fusing has them. */
function convertsCaches(model: Model, settings: Settings, placed: Placed): boolean {
  const { keyType, valueType, flashAttention } = settings;
  const { recurrent, latent } = factsOf(model);
  if (!flashAttention) return latent;
  return keyType === 'f32' || valueType === 'f32' || (recurrent && !keepsFlash(model, settings, placed));
}
