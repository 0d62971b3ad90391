import type { Model } from '../model/schema';
import type { Bytes } from '../units';
import { indexOf } from './model-index';
import { cellsOf, type Settings } from './settings';
import { firstDeviceLayer } from './weights';

export interface ComputeBytes {
  readonly device: Bytes;
  readonly host: Bytes;
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
}

const F32 = 4;

/** Bytes of llama.cpp's compute buffers; null where the model does not say how wide it is. */
export function computeBytes(model: Model, settings: Settings): ComputeBytes | null {
  const { embedding_length: width, vocabulary } = model;
  if (width === null || vocabulary === null) return null;
  const index = indexOf(model);
  const cells = cellsOf(settings);
  const tokens = Math.min(settings.microBatch, cells.perStream * cells.streams);
  const outputs = settings.tool === 'llama-fit-params' ? tokens : Math.min(tokens, settings.sequences);
  const forward = Math.max(model.feed_forward_length ?? 0, width) * 3 + width * 4;
  const mask = 2 * tokens * cells.perStream;
  const working = Math.max(F32 * outputs * (vocabulary + width), F32 * tokens * forward) + mask;
  if (!settings.device) return { device: 0, host: working, basis: 'bound' };
  const first = firstDeviceLayer(index.layers, settings);
  const largest =
    first > 0
      ? Math.max(
          0,
          ...model.tensors
            .filter((t) => t.role !== 'token_embedding' && t.role !== 'per_layer_embedding')
            .map((t) => t.bytes),
        )
      : 0;
  return { device: working + largest, host: mask + 2 * F32 * tokens * width, basis: 'bound' };
}

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
