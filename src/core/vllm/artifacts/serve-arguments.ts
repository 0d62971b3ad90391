import { quoteLine, type Shell } from '../../plan/quote';
import { isFp8 } from '../precision';
import type { VllmPlan } from '../schema';
import type { Serving } from './serving';

/** The words behind `vllm serve` for a plan: nothing in them is a secret. */
export function serveArguments(
  plan: VllmPlan,
  serving: Serving,
  model = modelOf(plan, serving),
): readonly string[] {
  const { settings, request } = plan;
  const { parallel } = settings;
  return [
    model,
    ...option('--tensor-parallel-size', parallel.tensor),
    ...(parallel.pipeline > 1 ? option('--pipeline-parallel-size', parallel.pipeline) : []),
    ...(parallel.data > 1 ? option('--data-parallel-size', parallel.data) : []),
    ...(request.dtype === 'auto' ? [] : option('--dtype', request.dtype)),
    // a checkpoint says itself how it is quantised; only FP8 is made at load
    ...(makesFp8(plan, serving) ? option('--quantization', 'fp8') : []),
    ...(isFp8(settings.kv_cache_dtype) ? option('--kv-cache-dtype', settings.kv_cache_dtype) : []),
    ...option('--max-model-len', settings.context),
    ...option('--max-num-seqs', settings.max_sequences),
    ...option('--max-num-batched-tokens', settings.max_batched_tokens),
    ...option('--gpu-memory-utilization', settings.gpu_memory_utilization),
    settings.prefix_caching ? '--enable-prefix-caching' : '--no-enable-prefix-caching',
    ...(request.enforce_eager ? ['--enforce-eager'] : []),
    ...option('--port', serving.port),
  ];
}

/** Whether vLLM is to make 8-bit weights of a model that is not published so. */
function makesFp8({ settings, model }: VllmPlan, { checkpoint }: Serving): boolean {
  return settings.quantisation === 'fp8' && model.published === 'none' && checkpoint === null;
}

function option(name: string, value: string | number): readonly string[] {
  return [name, String(value)];
}

/** What is served: the checkpoint that was named, else the model's own repository or path. */
export function modelOf(plan: VllmPlan, serving: Serving): string {
  const model = serving.checkpoint ?? plan.model.served;
  // else it would be taken for an option
  return model.startsWith('-') ? `./${model}` : model;
}

/** The words of `vllm serve`, the program first. */
export function serveWords(plan: VllmPlan, serving: Serving): readonly string[] {
  return ['vllm', 'serve', ...serveArguments(plan, serving)];
}

/** The `vllm serve` line, quoted for a shell. */
export function serveCommand(plan: VllmPlan, serving: Serving, shell: Shell): string {
  return quoteLine(serveWords(plan, serving), shell);
}

/** Whether the model is a folder or file of this machine rather than a repository; then containers must be given it. */
export function isLocalPath(model: string): boolean {
  return /^(?:[/~.\\]|[A-Za-z]:[\\/])/u.test(model) || model.split('/').length !== 2;
}

/** Where containers find a local model. */
export const MODEL_MOUNT = '/model';

/** A name for services and manifests: lower-case letters, digits and hyphens. */
export function nameOf(plan: VllmPlan, serving: Serving): string {
  if (serving.name !== null) return serving.name;
  const bare = modelOf(plan, serving)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .slice(-LONGEST_NAME);
  const trimmed = bare.replaceAll(/^[-0-9]+|-+$/gu, '');
  return trimmed === '' ? 'vllm' : trimmed;
}

/** Kubernetes allows 63 characters; a hash and the pods' own ending come after. */
const LONGEST_NAME = 40;
