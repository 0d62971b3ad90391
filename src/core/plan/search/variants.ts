import type { Question } from '../placement';
import { rowBytes } from '../kv-cache';
import type { KvType } from '../schema';
import { settingsOf } from '../settings';
import { startProblem } from '../starts';
import type { Scene, Settled } from './settle';
import { searchShape } from './search-shape';
import { askedShape, type Shape, withCache } from './shape';
import type { Valuer } from './value';

/** Makes the scene of a shape; null where the model's cache is not known. */
export type MakeScene = (shape: Shape, valuer?: Valuer) => Scene | null;

/** A step of the cache's quality is not given away for less than this share of the objective. */
const WORTH_A_STEP = 0.95;
/** Micro-batches that are tried where the user leaves it open; beyond 2048 buffers grow and prompts gain little. */
const MICRO_BATCHES = [128, 256, 512, 1024, 2048] as const;

/** The best placement over all shapes that the request leaves open: types of the cache, micro-batches, the cache's place. */
export function bestShape(question: Question, valuer: Valuer, scene: MakeScene): Settled | null {
  let best: Settled | null = null;
  for (const { shape, discount } of shapesOf(question)) {
    const own: Valuer =
      discount === 1
        ? valuer
        : { ...valuer, worth: (settings, paging) => discount * valuer.worth(settings, paging) };
    const set = scene(shape, own);
    if (set === null) return null;
    const found = searchShape(set, best?.weighed.worth ?? 0);
    if (found !== null && (best === null || set.ledger.isBetter(found.weighed, best.weighed))) best = found;
  }
  return withCacheOnHost(question, valuer, scene, best);
}

/** Asked for first; then coarser caches, each step at a discount; each with every micro-batch that is open. */
function shapesOf(question: Question): readonly { shape: Shape; discount: number }[] {
  const { request } = question;
  const asked = askedShape(question);
  const batches = request.search_micro_batch
    ? [...new Set([asked.microBatch, ...MICRO_BATCHES])].filter((size) => size <= request.batch)
    : [asked.microBatch];
  const types = [...new Set(request.search_kv_types)]
    .filter((type) => type !== asked.keyType || type !== asked.valueType)
    .filter((type) => starts(question, type))
    .sort((left, right) => rowBytes(right, 32) - rowBytes(left, 32));
  const caches = [asked, ...types.map((type) => withCache(question, asked, type))];
  return caches.flatMap((cache, step) =>
    batches.map((microBatch) => ({ shape: { ...cache, microBatch }, discount: WORTH_A_STEP ** step })),
  );
}

/** Whether llama.cpp starts with both caches of this type. */
function starts({ model, request }: Question, type: KvType): boolean {
  const placing = { devices: [], gpuLayers: 0, cpuMoeLayers: 0, keyType: type, valueType: type };
  return startProblem(model, settingsOf(model, request, placing)) === null;
}

/**
 * The cache on the host makes room for weights on the GPU, but every layer then waits for the host: it is chosen only where it is
 * faster with an empty context and with a full one, or where nothing else fits.
 */
function withCacheOnHost(
  question: Question,
  valuer: Valuer,
  scene: MakeScene,
  best: Settled | null,
): Settled | null {
  if (question.request.offload_cache !== null || question.budgets.devices.length === 0) return best;
  if (best !== null && best.layout.starts[0] === 0 && best.layout.moved === 0) return best;
  const asked = askedShape(question);
  const kept = best?.weighed.candidate.settings;
  const shape: Shape = { ...(kept === undefined ? asked : shapeOf(kept)), offloadCache: false };
  const depth = Math.max(0, Math.floor(shape.context / question.request.parallel) - 1);
  const bar = kept === undefined ? 0 : valuer.rate(kept, depth, null);
  const own: Valuer = {
    ...valuer,
    worth: (settings, paging) =>
      valuer.rate(settings, depth, paging) > bar ? valuer.worth(settings, paging) : 0,
  };
  const set = scene(shape, own);
  const found = set === null ? null : searchShape(set, best?.weighed.worth ?? 0);
  if (found === null || set === null || found.layout.devices.length === 0) return best;
  return best === null || set.ledger.isBetter(found.weighed, best.weighed) ? found : best;
}

function shapeOf({ context, keyType, valueType, microBatch, offloadCache }: Shape): Shape {
  return { context, keyType, valueType, microBatch, offloadCache };
}
