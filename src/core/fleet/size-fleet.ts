import type { Price } from '../catalog/gpus/schema';
import type { ServerSpec } from '../catalog/servers/schema';
import type { StorageSpec } from '../catalog/storage/schema';
import type { Finding } from '../finding';
import { GIB } from '../units';
import { alertsOf, warningsOf } from './alerts';
import { FleetError } from './fleet-error';
import type { FleetModel } from './fleet-model';
import { capacityOf, type NodeCapacity, type NodeLayout, layoutOf } from './node-capacity';
import { type Rationale, rationaleOf } from './rationale';
import { type Configuration, configurationOf, type ScenarioName, scenarioNames } from './scenarios';
import type { FleetRequest } from './schema';
import { type SessionLoad, sessionLoad } from './session-load';
import type { KvPrecision } from '../catalog/attention/schema';

/** What is sized: the model, what it runs on, and what is asked of it. */
export interface FleetQuestion {
  readonly model: FleetModel;
  readonly server: ServerSpec;
  readonly storage: StorageSpec;
  readonly request: FleetRequest;
}

/** Figures of one scenario, not rounded. Null: not one session fits a node, so no number of nodes would do. */
export interface ScenarioResults {
  readonly kv_per_session_gib: number;
  readonly kv_total_gib: number;
  readonly kv_total_tib: number;
  readonly hbm_total_gib: number;
  readonly kv_budget_gib: number;
  readonly sessions_per_node: number;
  readonly nodes_capacity: number | null;
  readonly nodes_with_headroom: number | null;
  readonly nodes_final: number | null;
  /** Beside the minimum: 0.5 is half as much again; null where there are no nodes. */
  readonly capex_relative: number | null;
  /** Null where the server has no price. */
  readonly cost: Price | null;
  readonly cost_per_session: Price | null;
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly configuration: Configuration;
  readonly results: ScenarioResults;
  readonly rationale: Readonly<Record<string, Rationale>>;
  readonly warnings: readonly Finding[];
}

/** A whole answer. */
export interface Fleet extends FleetQuestion {
  readonly kv_precision: KvPrecision;
  /** What was counted: the effective context, or what the model can do. */
  readonly context: number;
  readonly load: SessionLoad;
  readonly layout: NodeLayout;
  readonly scenarios: Readonly<Record<ScenarioName, Scenario>>;
  readonly alerts: readonly Finding[];
}

/** How many nodes hold so many sessions, in three scenarios. Throws FleetError for what cannot be sized. */
export function sizeFleet(question: FleetQuestion): Fleet {
  const { model, server, request } = question;
  const precision = request.kv_precision ?? model.default_kv_precision;
  const context = Math.min(request.effective_context, model.max_position_embeddings);
  const load = sessionLoad(model, context, request.contexts, precision, request.cache_policy);
  if (load.longest === 0) {
    throw new FleetError(
      `${model.name} keeps nothing between tokens, so memory does not limit its sessions.`,
      'Size it by its speed instead.',
    );
  }
  const layout = layoutOf(model, server, request, load);
  const sized = { ...question, kv_precision: precision, context, load, layout };
  const minimum = resultsOf(sized, configurationOf('minimum', request), null);
  const scenarios = Object.fromEntries(
    scenarioNames.map((name) => [name, scenarioOf(sized, name, minimum.nodes_final)]),
  ) as Record<ScenarioName, Scenario>;
  return { ...sized, scenarios, alerts: alertsOf({ ...sized, scenarios }) };
}

type Sized = Omit<Fleet, 'scenarios' | 'alerts'>;

function scenarioOf(sized: Sized, name: ScenarioName, least: number | null): Scenario {
  const configuration = configurationOf(name, sized.request);
  const results = resultsOf(sized, configuration, least);
  return {
    name,
    configuration,
    results,
    rationale: rationaleOf(sized, configuration, results),
    warnings: warningsOf(sized, configuration, results),
  };
}

function resultsOf(
  { server, request, layout, load }: Sized,
  configuration: Configuration,
  least: number | null,
): ScenarioResults {
  const capacity = capacityOf(layout, server, configuration.kv_budget_ratio, load);
  const perSession = load.mean / GIB;
  const nodes = nodesFor(request.concurrency, configuration, capacity);
  const final = nodes.nodes_final;
  return {
    kv_per_session_gib: perSession,
    kv_total_gib: perSession * request.concurrency,
    kv_total_tib: (perSession * request.concurrency) / 1024,
    hbm_total_gib: capacity.hbm_total_gib,
    kv_budget_gib: capacity.kv_budget_gib,
    sessions_per_node: capacity.sessions_per_node,
    ...nodes,
    capex_relative: final === null ? null : final / (least ?? final) - 1,
    cost: priceOf(server, final),
    cost_per_session: priceOf(server, final === null ? null : final / request.concurrency),
  };
}

function nodesFor(
  concurrency: number,
  { peak_headroom_ratio: headroom, ha_extra_nodes: spare }: Configuration,
  { sessions_per_node: sessions }: NodeCapacity,
): Pick<ScenarioResults, 'nodes_capacity' | 'nodes_with_headroom' | 'nodes_final'> {
  if (sessions === 0) return { nodes_capacity: null, nodes_with_headroom: null, nodes_final: null };
  const needed = wholeNodes((concurrency * (1 + headroom)) / sessions);
  return {
    nodes_capacity: Math.ceil(concurrency / sessions),
    nodes_with_headroom: needed,
    nodes_final: needed + spare,
  };
}

/** Rounded up, but not for the last digit of a fraction: 10 sessions and a tenth more are 11, not 11.000000000000002. */
function wholeNodes(nodes: number): number {
  return Math.ceil(nodes * (1 - 1e-12));
}

function priceOf({ price }: ServerSpec, nodes: number | null): Price | null {
  return price === null || nodes === null ? null : { ...price, amount: price.amount * nodes };
}
