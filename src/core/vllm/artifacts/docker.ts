import { cardsOf } from '../parallel';
import type { VllmPlan } from '../schema';
import { isLocalPath, MODEL_MOUNT, modelOf, nameOf, serveArguments } from './serve-arguments';
import type { Serving } from './serving';

/** Where the image keeps what it downloads. */
export const CACHE_MOUNT = '/root/.cache/huggingface';
/** Named so that it outlives containers, and needs no folder of the host. */
export const CACHE_VOLUME = 'huggingface-cache';

/**
 * The words of `docker run`. `HF_TOKEN` is handed on by its name alone: Docker takes its value from the caller's environment.
 * `--ipc=host` because ranks talk through shared memory, of which a container has 64 MiB otherwise.
 */
export function dockerArguments(plan: VllmPlan, serving: Serving): readonly string[] {
  const model = modelOf(plan, serving);
  const local = isLocalPath(model);
  return [
    'docker',
    'run',
    '--rm',
    '--name',
    nameOf(plan, serving),
    '--gpus',
    String(cardsOf(plan.settings.parallel)),
    '--ipc=host',
    '--publish',
    `127.0.0.1:${serving.port}:${serving.port}`,
    '--volume',
    `${CACHE_VOLUME}:${CACHE_MOUNT}`,
    ...(local ? ['--mount', mountOf(model)] : []),
    '--env',
    'HF_TOKEN',
    serving.image,
    ...serveArguments(plan, serving, local ? MODEL_MOUNT : model),
  ];
}

/** Fields of comma-separated values, as Docker reads them; a colon in the path, which `--volume` would cut at, is nothing special. */
function mountOf(path: string): string {
  const source = `source=${path}`;
  const field = /[",]/u.test(source) ? `"${source.replaceAll('"', '""')}"` : source;
  return `type=bind,${field},target=${MODEL_MOUNT},readonly`;
}
