import type { KvPrecision } from '../catalog/attention/schema';
import type { LayerMemory } from '../model/schema';
import { contextBytesOfLayers } from '../plan/kv-cache';
import type { KvType } from '../plan/schema';
import type { Bytes } from '../units';
import { FleetError } from './fleet-error';
import type { CachePolicy } from './schema';

/** Bytes of one cached number. Scales of 8 and 4 bits are left out, as serving programs keep one for a whole tensor. */
export const kvBytes: Readonly<Record<KvPrecision, number>> = {
  fp32: 4,
  fp16: 2,
  bf16: 2,
  fp8: 1,
  int8: 1,
  int4: 0.5,
};

/** llama.cpp's cache type of the same width; it has no fp8. */
const llamaTypes: Readonly<Record<Exclude<KvPrecision, 'fp8'>, KvType>> = {
  fp32: 'f32',
  fp16: 'f16',
  bf16: 'bf16',
  int8: 'q8_0',
  int4: 'q4_0',
};

/** Recurrent states are kept in 32 bits whatever the cache is. */
const F32 = 4;
/** llama-server's own micro-batch: a window's cells hold one on top. */
const MICRO_BATCH = 512;
const BATCH = 2048;

/**
 * Bytes that one session of so many tokens keeps: the same layers, counted as one policy or the other. `window-tokens`: every token in
 * layers with full attention, a window's tokens in sliding ones, states in 32 bits. `llama.cpp`: the planner's own cells for one
 * sequence. Throws FleetError where llama.cpp has no such cache.
 */
export function sessionBytes(
  layers: readonly LayerMemory[],
  context: number,
  precision: KvPrecision,
  policy: CachePolicy,
): Bytes {
  return policy === 'llama.cpp'
    ? cellsBytes(layers, context, precision)
    : windowBytes(layers, context, precision);
}

function windowBytes(layers: readonly LayerMemory[], context: number, precision: KvPrecision): Bytes {
  return Math.ceil(
    layers.reduce((sum, { cache, state }) => {
      const tokens = Math.min(context, cache?.window ?? context);
      const elements = cache === null ? 0 : cache.key_elements + cache.value_elements;
      const kept = state === null ? 0 : F32 * (state.r_elements + state.s_elements);
      return sum + tokens * elements * kvBytes[precision] + kept;
    }, 0),
  );
}

function cellsBytes(layers: readonly LayerMemory[], context: number, precision: KvPrecision): Bytes {
  if (precision === 'fp8') {
    throw new FleetError('llama.cpp has no KV cache in fp8.', 'Choose int8, which is its q8_0, or fp16.');
  }
  const type = llamaTypes[precision];
  const bytes = contextBytesOfLayers(layers, {
    context,
    sequences: 1,
    unified: false,
    keyType: type,
    valueType: type,
    flashAttention: true,
    batch: BATCH,
    microBatch: MICRO_BATCH,
    fullWindow: false,
  });
  return bytes.reduce((sum, own) => sum + own, 0);
}
