import { finding, type Finding } from '../finding';
import { GIB } from '../units';
import { kvBytes } from './session-bytes';
import type { Configuration } from './scenarios';
import type { Fleet, ScenarioResults } from './size-fleet';

/** Above this share of what is left, fragmentation makes a runtime unsteady. */
const HIGH_BUDGET = 0.75;
/** From here on a prompt's cache is worth keeping on storage, and reading it back presses on it. */
const LONG_CONTEXT = 128_000;
/** Fewer sessions than this on a node, and more nodes than this, are signs of a wrong choice. */
const FEW_SESSIONS = 50;
const MANY_NODES = 20;
/** Minimum and recommended closer together than this: the load is light. */
const CLOSE = 0.2;
/** A flat overhead below this leaves little for the weights of a large model. */
const LOW_OVERHEAD_GIB = 50;

type Sized = Omit<Fleet, 'scenarios' | 'alerts'>;

/** What to mind of one scenario. */
export function warningsOf(
  sized: Sized,
  configuration: Configuration,
  results: ScenarioResults,
): readonly Finding[] {
  const { sessions_per_node: sessions, nodes_final: nodes } = results;
  const found: Finding[] = [];
  if (configuration.kv_budget_ratio > HIGH_BUDGET) {
    found.push(
      finding(
        'warning',
        'kv-budget-high',
        `kv_budget_ratio is ${configuration.kv_budget_ratio}, above 0.75: fragmentation may make the runtime unsteady.`,
        'Take 0.65 to 0.70, or a server with more memory.',
      ),
    );
  }
  if (sessions === 0) found.push(noSession(sized, results));
  else if (sessions < FEW_SESSIONS) {
    found.push(
      finding(
        'warning',
        'few-sessions',
        `A node holds ${sessions} sessions, fewer than ${FEW_SESSIONS}.`,
        'Shorten the context, store the cache in 8 bits, or take a larger server.',
      ),
    );
  }
  if (nodes !== null && nodes > MANY_NODES) {
    found.push(
      finding(
        'warning',
        'many-nodes',
        `${nodes} nodes are more than ${MANY_NODES}.`,
        'Look at what is asked for once more, or take a smaller model.',
      ),
    );
  }
  return found;
}

/** What to mind of the whole, each kind once: what was asked for, the warnings of the scenarios, and how far apart the scenarios are. */
export function alertsOf(fleet: Omit<Fleet, 'alerts'>): readonly Finding[] {
  const all = [
    ...requestAlerts(fleet),
    ...storageAlerts(fleet),
    ...layoutAlerts(fleet),
    // the last of a kind is told: that of the recommended
    ...(['minimum', 'ideal', 'recommended'] as const).flatMap((name) => fleet.scenarios[name].warnings),
    ...closeScenarios(fleet),
  ];
  return [...new Map(all.map((each) => [each.code, each])).values()];
}

function requestAlerts({ model, request, kv_precision: precision }: Sized): readonly Finding[] {
  const found: Finding[] = [];
  const longest = Math.max(request.effective_context, request.contexts?.p99 ?? 0);
  if (longest > model.max_position_embeddings) {
    found.push(
      finding(
        'warning',
        'context-clamped',
        `The context of ${longest} tokens exceeds the ${model.max_position_embeddings} that ${model.name} can do; it was sized for those.`,
        'Ask for no more than the model can do.',
      ),
    );
  } else if (request.contexts !== null && request.contexts.p99 > request.effective_context) {
    found.push(
      finding(
        'warning',
        'percentile-clamped',
        `p99 is ${request.contexts.p99} tokens, above the effective context of ${request.effective_context}, which no session exceeds.`,
        'Give an effective context of at least p99.',
      ),
    );
  }
  if (kvBytes[precision] >= 2) {
    found.push(
      finding(
        'warning',
        'kv-wide',
        `A cache in ${precision} takes ${kvBytes[precision]} times the memory of one in fp8.`,
        'Consider fp8 or int8, and compare answers before you decide.',
      ),
    );
  }
  return found;
}

function storageAlerts({ model, storage, context, load, request }: Sized): readonly Finding[] {
  const found: Finding[] = [];
  const rate = storage.throughput_read_gbps;
  if (context >= LONG_CONTEXT) {
    const back = rate === null || rate === 0 ? 'an unknown time' : seconds(load.longest / (rate * 1e9));
    found.push(
      finding(
        'warning',
        'storage-pressure',
        `Contexts of ${context} tokens press on storage: reading one session’s cache back from ${storage.name} takes ${back}, p99 latency ${storage.latency_read_ms_p99 ?? 'unknown'} ms.`,
        'Keep caches in memory, or take faster storage.',
      ),
    );
  }
  const weights = request.weights_gib ?? model.weights_gib;
  if (weights !== null && rate !== null && rate > 0 && (weights * GIB) / (rate * 1e9) > 60) {
    found.push(
      finding(
        'warning',
        'slow-start',
        `Loading the weights from ${storage.name} takes ${seconds((weights * GIB) / (rate * 1e9))}: a node that fails is long away.`,
        'Take faster storage, or keep weights on local disks.',
      ),
    );
  }
  return found;
}

function layoutAlerts({ layout, server, model }: Sized): readonly Finding[] {
  if (layout.kind === 'flat') {
    return layout.overhead_gib < LOW_OVERHEAD_GIB
      ? [
          finding(
            'warning',
            'overhead-low',
            `runtime_overhead_gib is ${layout.overhead_gib}, below ${LOW_OVERHEAD_GIB}: weights of large models alone take 80 to 150 GiB.`,
            'Check it, or let the weights be counted.',
          ),
        ]
      : [];
  }
  if (layout.idle_gpus === 0) return [];
  return [
    finding(
      'warning',
      'idle-gpus',
      `Copies of ${model.name} on ${layout.tensor_parallel} cards leave ${layout.idle_gpus} of ${server.gpus} cards of a node idle.`,
      'Take a number of cards that divides those of the server.',
    ),
  ];
}

function closeScenarios({ scenarios }: Omit<Fleet, 'alerts'>): readonly Finding[] {
  const apart = scenarios.recommended.results.capex_relative;
  if (apart === null || apart >= CLOSE) return [];
  return [
    {
      severity: 'info',
      code: 'scenarios-close',
      path: null,
      message: 'Minimum and recommended are less than 20 % apart: resilience is cheap here.',
      remedy: 'Take the recommended, or look for what can be saved.',
    },
  ];
}

function noSession({ layout, load }: Sized, results: ScenarioResults): Finding {
  const longest = (load.longest / GIB).toFixed(2);
  return {
    severity: 'error',
    code: 'no-session-fits',
    path: null,
    message: `Not one session fits a node: it keeps ${longest} GiB, and ${results.kv_budget_gib.toFixed(1)} GiB are left for caches.`,
    remedy: `Shorten the context, store the cache in 8 bits, ${layout.kind === 'flat' ? 'lower the overhead' : 'take weights of fewer bits'}, or take a larger server.`,
  };
}

function seconds(value: number): string {
  return value >= 10 ? `${value.toFixed(0)} s` : `${value.toFixed(2)} s`;
}
