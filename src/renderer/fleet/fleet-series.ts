import { nodeTable, tableSteps } from '../../core/fleet/compare';
import { capacityOf } from '../../core/fleet/node-capacity';
import { scenarioLabels, scenarioNames, type ScenarioName } from '../../core/fleet/scenarios';
import { sessionBytes } from '../../core/fleet/session-bytes';
import { type Fleet, type FleetQuestion, sizeFleet } from '../../core/fleet/size-fleet';
import { GIB } from '../../core/units';

/** One place on the horizontal axis, with a figure for every scenario; null: no number of nodes will do. */
export type NodesPoint = { readonly at: number } & Readonly<Record<ScenarioName, number | null>>;

/** Steps of a plot on each side of what was asked for. */
const STEPS = 12;

/** Nodes while the sessions go from a twelfth to twice what was asked for. */
export function nodesOverConcurrency(question: FleetQuestion): readonly NodesPoint[] {
  const { concurrency } = question.request;
  return stepsTo(Math.min(1e9, 2 * concurrency)).map((at) => pointOf(question, at, { concurrency: at }));
}

/** Nodes while the context goes up to twice what was asked for, no further than the model can. */
export function nodesOverContext(question: FleetQuestion): readonly NodesPoint[] {
  const most = Math.min(question.model.max_position_embeddings, 2 * question.request.effective_context);
  return stepsTo(most).map((at) => pointOf(question, at, { effective_context: at, contexts: null }));
}

function pointOf(question: FleetQuestion, at: number, change: Partial<FleetQuestion['request']>): NodesPoint {
  const { scenarios } = sizeFleet({ ...question, request: { ...question.request, ...change } });
  const nodes = scenarioNames.map((name) => [name, scenarios[name].results.nodes_final] as const);
  return { at, ...(Object.fromEntries(nodes) as Record<ScenarioName, number | null>) };
}

function stepsTo(most: number): readonly number[] {
  const all = Array.from({ length: STEPS }, (_, index) =>
    Math.max(1, Math.round((most * (index + 1)) / STEPS)),
  );
  return [...new Set(all)];
}

/** GiB of one session against its context. */
export function cacheGrowth({ model, request, kv_precision: precision }: Fleet): readonly {
  readonly at: number;
  readonly gib: number;
}[] {
  const most = Math.min(model.max_position_embeddings, 2 * request.effective_context);
  return stepsTo(most).map((at) => ({
    at,
    gib: sessionBytes(model.layers, at, precision, request.cache_policy) / GIB,
  }));
}

/** What the memory of one node is for, in GiB. */
export interface MemoryStack {
  readonly scenario: string;
  readonly weights: number;
  readonly reserve: number;
  readonly caches: number;
  readonly spare: number;
}

/** A node's memory in each scenario; a flat overhead counts as weights and reserve in one. */
export function memoryStacks({ server, layout, load, scenarios }: Fleet): readonly MemoryStack[] {
  return scenarioNames.map((name) => {
    const { configuration } = scenarios[name];
    const node = capacityOf(layout, server, configuration.kv_budget_ratio, load);
    const weights = layout.kind === 'flat' ? 0 : layout.weights_gib * layout.replicas_per_node;
    const taken = Math.min(node.hbm_total_gib, node.overhead_gib);
    return {
      scenario: scenarioLabels[name].title.toLowerCase(),
      weights: Math.min(weights, taken),
      reserve: Math.max(0, taken - weights),
      caches: node.kv_budget_gib,
      spare: Math.max(0, node.hbm_total_gib - taken - node.kv_budget_gib),
    };
  });
}

/** The table of nodes around what was asked for. */
export function nodesAround(question: FleetQuestion): ReturnType<typeof nodeTable> {
  const { concurrencies, contexts } = tableSteps(question);
  return nodeTable(question, concurrencies, contexts);
}
