import type { ServerSpec } from '../catalog/servers/schema';
import { GB, GIB } from '../units';
import { FleetError } from './fleet-error';
import type { FleetModel } from './fleet-model';
import type { FleetRequest } from './schema';
import { type SessionLoad, sessionsWithin } from './session-load';

/** How a node's memory is shared out before the cache gets its part. */
export type NodeLayout =
  | { readonly kind: 'flat'; readonly overhead_gib: number }
  | {
      readonly kind: 'counted';
      readonly weights_gib: number;
      /** Cards of one copy. */
      readonly tensor_parallel: number;
      readonly replicas_per_node: number;
      /** Cards that no copy uses. */
      readonly idle_gpus: number;
      readonly reserve_per_gpu_gib: number;
      /** What a session keeps over all cards of a copy beside one without splitting: heads that cannot be split are kept more than once. */
      readonly kv_factor: number;
      /** Every split that was tried, with the sessions a node would hold. */
      readonly tried: readonly { readonly tensor_parallel: number; readonly sessions_per_node: number }[];
    };

/** What one node holds. */
export interface NodeCapacity {
  readonly hbm_total_gib: number;
  /** Weights and runtime, all copies together. */
  readonly overhead_gib: number;
  readonly kv_budget_gib: number;
  readonly sessions_per_node: number;
}

/** All memory of a node in GiB: GB are taken as 10^9 bytes, which is a little less than the cards show. */
export function hbmGib({ total_hbm_gb: gigabytes }: ServerSpec): number {
  return (gigabytes * GB) / GIB;
}

/** Flat GiB for weights, activations and runtime of a model of 20 to 120 billion, quantised: the sizing's own figure. */
export const FLAT_OVERHEAD_GIB = 120;

/** How a node is laid out: as asked for, else with the split that leaves room for most sessions. Throws FleetError. */
export function layoutOf(
  model: FleetModel,
  server: ServerSpec,
  request: FleetRequest,
  load: SessionLoad,
): NodeLayout {
  const weights = request.weights_gib ?? model.weights_gib;
  if (request.runtime_overhead_gib !== null || weights === null) {
    return { kind: 'flat', overhead_gib: request.runtime_overhead_gib ?? FLAT_OVERHEAD_GIB };
  }
  const splits = splitsOf(model, server, request);
  const layouts = splits.map((tensorParallel) => counted(model, server, request, weights, tensorParallel));
  const tried = layouts.map((layout) => ({
    tensor_parallel: layout.tensor_parallel,
    sessions_per_node: capacityOf(layout, server, request.kv_budget_ratio, load).sessions_per_node,
  }));
  const most = Math.max(...tried.map(({ sessions_per_node: sessions }) => sessions));
  const best = tried.findIndex(({ sessions_per_node: sessions }) => sessions === most);
  // where nothing fits, the largest split is the one that comes nearest
  return { ...layouts[most === 0 ? layouts.length - 1 : best]!, tried };
}

/** What a node of a layout holds with a share of the rest for the cache. */
export function capacityOf(
  layout: NodeLayout,
  server: ServerSpec,
  ratio: number,
  load: SessionLoad,
): NodeCapacity {
  const total = hbmGib(server);
  if (layout.kind === 'flat') {
    const budget = Math.max(0, (total - layout.overhead_gib) * ratio);
    return {
      hbm_total_gib: total,
      overhead_gib: layout.overhead_gib,
      kv_budget_gib: budget,
      sessions_per_node: sessionsWithin(budget * GIB, load),
    };
  }
  const { tensor_parallel: cards, replicas_per_node: replicas } = layout;
  const ofCopy = layout.weights_gib + cards * layout.reserve_per_gpu_gib;
  const budget = Math.max(0, ((total / server.gpus) * cards - ofCopy) * ratio);
  return {
    hbm_total_gib: total,
    overhead_gib: ofCopy * replicas,
    kv_budget_gib: budget * replicas,
    sessions_per_node: replicas * sessionsWithin((budget * GIB) / layout.kv_factor, load),
  };
}

function counted(
  model: FleetModel,
  server: ServerSpec,
  request: FleetRequest,
  weights: number,
  tensorParallel: number,
): Extract<NodeLayout, { kind: 'counted' }> {
  const replicas = Math.floor(server.gpus / tensorParallel);
  return {
    kind: 'counted',
    weights_gib: weights,
    tensor_parallel: tensorParallel,
    replicas_per_node: replicas,
    idle_gpus: server.gpus - replicas * tensorParallel,
    reserve_per_gpu_gib: request.reserve_per_gpu_gib,
    kv_factor: kvFactor(model, tensorParallel),
    tried: [],
  };
}

/** Splits to choose from: divisors of the cards that divide the heads, or the one that was asked for. */
function splitsOf(model: FleetModel, server: ServerSpec, request: FleetRequest): readonly number[] {
  const asked = request.tensor_parallel;
  if (asked === null) {
    return Array.from({ length: server.gpus }, (_, index) => index + 1).filter(
      (count) => server.gpus % count === 0 && dividesHeads(model, count),
    );
  }
  if (asked > server.gpus) {
    throw new FleetError(
      `${server.name} has ${server.gpus} cards, so no copy can lie on ${asked}.`,
      `Give --tensor-parallel of at most ${server.gpus}.`,
    );
  }
  if (!dividesHeads(model, asked)) {
    throw new FleetError(
      `${model.num_attention_heads} attention heads of ${model.name} cannot be split over ${asked} cards.`,
      'Give --tensor-parallel of a number that divides the heads, or leave it away.',
    );
  }
  return [asked];
}

function dividesHeads({ num_attention_heads: heads }: FleetModel, count: number): boolean {
  return heads === null || heads % count === 0;
}

/** Every card keeps whole heads; a latent vector belongs to all heads, so every card keeps all of it. */
function kvFactor(model: FleetModel, cards: number): number {
  if (model.attention_pattern === 'latent') return cards;
  const heads = model.num_key_value_heads;
  return heads === null || heads === 0 ? 1 : (cards * Math.ceil(heads / cards)) / heads;
}
