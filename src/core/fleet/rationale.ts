import { kvBytes } from './session-bytes';
import type { Configuration } from './scenarios';
import type { Fleet, ScenarioResults } from './size-fleet';

/** How a figure came about: the formula, what went into it, and what it means. */
export interface Rationale {
  readonly formula: string;
  readonly inputs: Readonly<Record<string, string | number | null>>;
  readonly explanation: string;
}

type Sized = Omit<Fleet, 'scenarios' | 'alerts'>;

/** A rationale for every figure of a scenario. */
export function rationaleOf(
  sized: Sized,
  configuration: Configuration,
  results: ScenarioResults,
): Readonly<Record<string, Rationale>> {
  return {
    kv_per_session_gib: sessionRationale(sized, results),
    kv_total_gib: {
      formula: 'kv_total_gib = kv_per_session_gib × concurrency',
      inputs: {
        kv_per_session_gib: round(results.kv_per_session_gib),
        concurrency: sized.request.concurrency,
      },
      explanation: `All sessions together keep ${results.kv_total_tib.toFixed(2)} TiB, spread over the nodes.`,
    },
    hbm_total_gib: {
      formula: 'hbm_total_gib = total_hbm_gb × 10^9 / 2^30',
      inputs: {
        server: sized.server.name,
        gpus: sized.server.gpus,
        hbm_per_gpu_gb: sized.server.hbm_per_gpu_gb,
        total_hbm_gb: sized.server.total_hbm_gb,
      },
      explanation: `${sized.server.gpus} cards of ${sized.server.hbm_per_gpu_gb} GB hold weights, cache and everything else of a node.`,
    },
    kv_budget_gib: budgetRationale(sized, configuration, results),
    sessions_per_node: sessionsRationale(sized, results),
    ...nodeRationales(sized, configuration, results),
  };
}

function sessionRationale(
  { model, request, kv_precision: precision, context, load }: Sized,
  results: ScenarioResults,
): Rationale {
  const heads = `${model.num_key_value_heads ?? '?'} × ${model.head_dim ?? '?'}`;
  const layers = [
    model.full_layers > 0 ? `${model.full_layers} layers × ${context} tokens` : '',
    model.sliding_layers > 0
      ? `${model.sliding_layers} layers × min(${context}, window ${model.sliding_window}) tokens`
      : '',
  ].filter((part) => part !== '');
  const cached = model.attention_pattern === 'latent' ? 'one latent vector a layer' : `2 × ${heads} numbers`;
  const states = model.recurrent_layers > 0 ? ` + states of ${model.recurrent_layers} layers in 32 bits` : '';
  const formula =
    request.cache_policy === 'llama.cpp'
      ? 'the cells that llama.cpp allots for one sequence, padded to 256 tokens'
      : `(${layers.join(' + ')}) × ${cached} × ${kvBytes[precision]} bytes${states}`;
  return {
    formula,
    inputs: {
      attention_pattern: model.attention_pattern,
      num_layers: model.num_layers,
      num_key_value_heads: model.num_key_value_heads,
      head_dim: model.head_dim,
      effective_context: context,
      kv_precision: precision,
      bytes: Math.round(load.mean),
    },
    explanation:
      request.contexts === null
        ? `One session of ${context} tokens keeps ${results.kv_per_session_gib.toFixed(2)} GiB for as long as it lives.`
        : `The mean of sessions of which half stay within ${request.contexts.p50}, 95 % within ${request.contexts.p95} and 99 % within ${request.contexts.p99} tokens; the longest keeps ${(load.longest / 2 ** 30).toFixed(2)} GiB.`,
  };
}

function budgetRationale(
  { layout, server }: Sized,
  { kv_budget_ratio: ratio }: Configuration,
  results: ScenarioResults,
): Rationale {
  const rest = `The rest, ${Math.round((1 - ratio) * 100)} %, is left for fragmentation and what the runtime takes in between.`;
  if (layout.kind === 'flat') {
    return {
      formula: 'kv_budget_gib = max(0, (hbm_total_gib − runtime_overhead_gib) × kv_budget_ratio)',
      inputs: {
        hbm_total_gib: round(results.hbm_total_gib),
        runtime_overhead_gib: layout.overhead_gib,
        kv_budget_ratio: ratio,
        available_after_overhead_gib: round(results.hbm_total_gib - layout.overhead_gib),
      },
      explanation: `${layout.overhead_gib} GiB of a node are set aside for weights, activations and runtime. ${rest}`,
    };
  }
  return {
    formula:
      'kv_budget_gib = replicas × max(0, (hbm of a copy’s cards − weights − cards × reserve) × kv_budget_ratio)',
    inputs: {
      hbm_total_gib: round(results.hbm_total_gib),
      weights_gib: round(layout.weights_gib),
      tensor_parallel: layout.tensor_parallel,
      replicas_per_node: layout.replicas_per_node,
      reserve_per_gpu_gib: layout.reserve_per_gpu_gib,
      kv_budget_ratio: ratio,
    },
    explanation: `${layout.replicas_per_node} copies of the weights lie on ${layout.tensor_parallel} of ${server.gpus} cards each. ${rest}`,
  };
}

function sessionsRationale({ layout, load }: Sized, results: ScenarioResults): Rationale {
  const factor = layout.kind === 'counted' ? layout.kv_factor : 1;
  return {
    formula:
      load.deviation === 0
        ? 'sessions_per_node = floor(kv_budget_gib / (kv_per_session_gib × kv_factor)), for each copy'
        : 'sessions_per_node = the most n with n × mean + 2.326 × deviation × √n within kv_budget_gib, for each copy',
    inputs: {
      kv_budget_gib: round(results.kv_budget_gib),
      kv_per_session_gib: round(results.kv_per_session_gib),
      kv_factor: factor,
    },
    explanation:
      factor === 1
        ? `A node holds ${results.sessions_per_node} sessions.`
        : `A node holds ${results.sessions_per_node} sessions; what cannot be split over the cards of a copy is kept ${factor} times.`,
  };
}

function nodeRationales(
  { request }: Sized,
  { peak_headroom_ratio: headroom, ha_mode: mode, ha_extra_nodes: spare }: Configuration,
  results: ScenarioResults,
): Readonly<Record<string, Rationale>> {
  const sessions = results.sessions_per_node;
  return {
    nodes_capacity: {
      formula: 'nodes_capacity = ceil(concurrency / sessions_per_node)',
      inputs: { concurrency: request.concurrency, sessions_per_node: sessions },
      explanation: 'Nodes that hold the sessions and nothing more.',
    },
    nodes_with_headroom: {
      formula: 'nodes_with_headroom = ceil(concurrency × (1 + peak_headroom_ratio) / sessions_per_node)',
      inputs: {
        concurrency: request.concurrency,
        peak_headroom_ratio: headroom,
        sessions_per_node: sessions,
      },
      explanation: `Room for peaks of ${Math.round(headroom * 100)} % above the sessions asked for.`,
    },
    nodes_final: {
      formula: 'nodes_final = nodes_with_headroom + ha_extra_nodes',
      inputs: { nodes_with_headroom: results.nodes_with_headroom, ha_mode: mode, ha_extra_nodes: spare },
      explanation:
        spare === 0
          ? 'No spare node: when one fails, sessions are lost.'
          : `With ${mode}, ${spare === 1 ? 'one node' : 'two nodes'} may fail while the rest hold every session.`,
    },
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
