import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import type { PlanRequest, Remedy, Verdict } from './schema';
import { isQuantised } from './kv-cache';
import { contextOf } from './settings';

/** A change of the request that might help, with what it costs in words. */
interface Change {
  readonly code: string;
  readonly request: Partial<PlanRequest>;
  readonly message: string;
}

const MOST = 5;
/** A context below this is of little use to anybody. */
const SMALLEST_CONTEXT = 512;

/**
 * Changes that turn the refusal into ship, cheapest first, at most five; each was planned with `verdictOf`.
 * Empty for a plan that is not a refusal.
 */
export function remediesFor(
  model: Model,
  request: PlanRequest,
  verdictOf: (request: PlanRequest) => Verdict,
): readonly Remedy[] {
  const remedies: Remedy[] = [];
  const ships = (change: Partial<PlanRequest>): boolean => verdictOf({ ...request, ...change }) === 'ship';
  for (const option of options(model, request)) {
    if (remedies.length === MOST) break;
    const found = option.find((change) => ships(change.request));
    if (found === undefined) continue;
    remedies.push({ code: found.code, message: found.message, request: found.request, verdict: 'ship' });
  }
  return remedies;
}

const paging: Change = {
  code: 'allow-paging',
  request: { allow_paging: true },
  message: 'Let weights be read from the disk while generating; every token then waits for it.',
};

/** Alternatives, cheapest first; within one, the mildest step that helps is taken. */
function options(model: Model, request: PlanRequest): readonly (readonly Change[])[] {
  const context = contextOf(model, request);
  const smaller = halvings(context);
  const quantised = quantisedCache(request);
  return [
    combinationChanges(request),
    placementChanges(request),
    quantised,
    smaller.map((tokens) => shorter(tokens, context)),
    request.parallel > 1
      ? [{ code: 'fewer-sequences', request: { parallel: 1 }, message: 'Serve one conversation at a time.' }]
      : [],
    microBatches(request),
    quantised.length === 0 ? [] : smaller.map((tokens) => both(shorter(tokens, context), quantised[0]!)),
    floors(request),
    request.allow_paging ? [] : [paging],
    request.allow_paging ? [] : smaller.map((tokens) => both(shorter(tokens, context), paging)),
  ];
}

function combinationChanges(request: PlanRequest): readonly Change[] {
  const quantised = isQuantised(request.kv_type_k) || isQuantised(request.kv_type_v);
  if (!quantised) return [];
  const plain: Change = {
    code: 'kv-f16',
    request: { kv_type_k: 'f16', kv_type_v: 'f16' },
    message: 'Keep the KV cache in f16.',
  };
  if (request.flash_attention) return [plain];
  const message = 'Switch flash attention on; it costs nothing.';
  return [{ code: 'flash-attention', request: { flash_attention: true }, message }, plain];
}

function placementChanges(request: PlanRequest): readonly Change[] {
  if (request.gpu_layers === null && request.cpu_moe_layers === null) return [];
  return [
    {
      code: 'free-placement',
      request: { gpu_layers: null, cpu_moe_layers: null },
      message: 'Let the plan choose how many layers go on the GPU; it costs speed, no quality.',
    },
  ];
}

function quantisedCache(request: PlanRequest): readonly Change[] {
  if (isQuantised(request.kv_type_k) || isQuantised(request.kv_type_v)) return [];
  const change: Partial<PlanRequest> = { kv_type_k: 'q8_0', kv_type_v: 'q8_0', flash_attention: true };
  return [
    {
      code: 'kv-q8_0',
      request: change,
      message: 'Keep the KV cache in q8_0: about half the memory, hardly any loss of quality.',
    },
  ];
}

function halvings(context: number): readonly number[] {
  const steps: number[] = [];
  for (let tokens = Math.floor(context / 2); tokens >= SMALLEST_CONTEXT; tokens = Math.floor(tokens / 2)) {
    steps.push(tokens);
  }
  return steps;
}

function shorter(tokens: number, context: number): Change {
  return {
    code: 'shorter-context',
    request: { context: tokens },
    message: `Make do with a context of ${formatInteger(tokens)} tokens instead of ${formatInteger(context)}.`,
  };
}

function both(first: Change, second: Change): Change {
  return {
    code: `${first.code}+${second.code}`,
    request: { ...first.request, ...second.request },
    message: `${first.message} ${second.message}`,
  };
}

function microBatches(request: PlanRequest): readonly Change[] {
  return [256, 128, 64]
    .filter((size) => size < request.micro_batch)
    .map((size) => ({
      code: 'smaller-micro-batch',
      request: { micro_batch: size },
      message: `Compute ${size} tokens of a prompt at once; prompts are read more slowly.`,
    }));
}

function floors(request: PlanRequest): readonly Change[] {
  const floor = request.floor_tok_s ?? 1;
  return [floor / 2, floor / 4, floor / 10, floor / 100].map((lower) => ({
    code: 'lower-floor',
    request: { floor_tok_s: lower },
    message: `Accept ${lower} tokens a second; the plan fits in memory.`,
  }));
}
