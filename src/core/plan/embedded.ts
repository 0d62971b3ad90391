import type { Model } from '../model/schema';
import type { Companions } from './companions';
import type { PlanRequest } from './request-schema';
import type { Settings } from './settings';

/**
 * What node-llama-cpp 3.22 starts llama.cpp with: micro-batches are its batches, logits may be asked of every token, windows keep what
 * they need (`llama/addon/AddonContext.cpp`), and a batch has room for one token more where the model has windows
 * (`dist/evaluator/LlamaContext/LlamaContext.js`).
 */
export function embeddedSettings(model: Model, settings: Settings): Settings {
  const batch = settings.microBatch + (hasWindow(model) ? 1 : 0);
  return { ...settings, tool: 'node-llama-cpp', batch, microBatch: batch };
}

/** As node-llama-cpp tells it (`dist/gguf/insights/GgufInsights.js: swaSize`). */
function hasWindow({ architecture, metadata, context_trained: trained }: Model): boolean {
  const window = metadata[`${architecture}.attention.sliding_window`];
  return typeof window === 'number' && window > 0 && (trained === null || window < trained);
}

/** The request without what the embedded runtime leaves no choice in: layers go to one GPU, whole, each with its cache. */
export function requestOfRuntime(request: PlanRequest): PlanRequest {
  if (request.runtime !== 'embedded') return request;
  return {
    ...request,
    cpu_moe_layers: 0,
    offload_cache: true,
    overrides: [],
    tensor_split: null,
    split_mode: 'none',
  };
}

/** What was asked for that the embedded runtime cannot do: each a sentence. */
export function embeddedProblems(request: PlanRequest, { projector, draft }: Companions): readonly string[] {
  if (request.runtime !== 'embedded') return [];
  const cannot: readonly (readonly [boolean, string])[] = [
    [request.parallel > 1, 'several sequences (it is measured with one)'],
    [(request.cpu_moe_layers ?? 0) > 0, 'experts in host memory (-ncmoe)'],
    [request.overrides.length > 0, 'tensors placed by name (-ot)'],
    [request.offload_cache === false, 'a cache in host memory (-nkvo)'],
    [request.tensor_split !== null, 'shares for several GPUs (-ts)'],
    [request.split_mode !== null && request.split_mode !== 'none', 'a model split over GPUs (-sm)'],
    [(request.devices ?? []).length > 1, 'several GPUs (-dev)'],
    [projector !== null, 'an image projector'],
    [draft !== null, 'a draft model'],
  ];
  return cannot.flatMap(([asked, what]) => (asked ? [`The embedded runtime cannot have ${what}.`] : []));
}
