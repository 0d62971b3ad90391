import { resolveQuant, startTypeOf } from '../../model/quantise/quants';
import { tensorTypeNamed } from '../../model/tensor-types';
import type { Model } from '../../model/schema';
import type { Bytes } from '../../units';
import { budgetsOf } from '../budgets';
import { contextBytesBefore } from '../kv-cache';
import { bytesOf, indexOf } from '../model-index';
import type { PlanRequest } from '../schema';
import { settingsOf } from '../settings';
import { type Situation, withChange } from './situation';
import type { Change } from './change';

/**
 * Whether a change leaves any hope: all weights and the whole cache must go into all budgets, wherever they are put. Told in
 * microseconds, without planning. True where anything is unknown.
 */
export function couldFit(situation: Situation, change: Change): boolean {
  const { quant } = change;
  const changed = withChange(situation, { request: change.request, memory: [...change.memory] });
  if (changed.request.allow_paging) return true;
  const { host, devices } = budgetsOf(changed.profile, changed.request);
  let budgets = 0;
  for (const { bytes } of [host, ...devices]) {
    if (bytes === null) return true;
    budgets += bytes;
  }
  const weights = quant === null ? weightsOf(situation.model) : leastWeights(situation.model, quant);
  return weights + cacheOf(situation.model, changed.request) <= budgets;
}

/** What is kept between tokens, wherever it lies; 0 where it is not known. */
function cacheOf(model: Model, request: PlanRequest): Bytes {
  const settings = settingsOf(model, request, { devices: [], gpuLayers: 0, cpuMoeLayers: 0 });
  return contextBytesBefore(model, settings)?.at(-1) ?? 0;
}

/** Weights that llama.cpp loads, once each. */
export function weightsOf(model: Model): Bytes {
  const { othersBefore, expertsBefore, input, output } = indexOf(model);
  return othersBefore.at(-1)! + expertsBefore.at(-1)! + bytesOf(input) + bytesOf(output);
}

/** Some rules give a few tensors a smaller type than the one that a quantisation starts from. */
const SMALLER_TYPES = 0.85;

/** Less than a file of this quantisation can have. */
function leastWeights(model: Model, quant: string): Bytes {
  const resolved = resolveQuant(quant);
  const type = resolved.kind === 'known' ? tensorTypeNamed(startTypeOf(resolved.quant)) : null;
  if (type === null) return 0;
  const { tensorsByLayer, input, output } = indexOf(model);
  let bytes = 0;
  for (const tensor of [...tensorsByLayer.flat(), ...input, ...output]) {
    const elements = tensor.dimensions.reduce((product, size) => product * size, 1);
    bytes += Math.min(tensor.bytes, (elements * type.bytes) / type.block);
  }
  return bytes * SMALLER_TYPES;
}
