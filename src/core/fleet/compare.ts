import type { ServerSpec } from '../catalog/servers/schema';
import { FleetError } from './fleet-error';
import { type Fleet, type FleetQuestion, sizeFleet } from './size-fleet';

/** The same sessions on another server; `failure` says why it cannot be sized there. */
export interface Compared {
  readonly server: ServerSpec;
  readonly fleet: Fleet | null;
  readonly failure: string | null;
}

/** The same question on each of these servers. */
export function compareServers(question: FleetQuestion, servers: readonly ServerSpec[]): readonly Compared[] {
  return servers.map((server) => {
    try {
      return { server, fleet: sizeFleet({ ...question, server }), failure: null };
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      return { server, fleet: null, failure: error.message };
    }
  });
}

/** Nodes over concurrency and context. */
export interface NodeTable {
  readonly concurrencies: readonly number[];
  readonly contexts: readonly number[];
  /** One row a context, one figure a concurrency: recommended nodes; null where not one session fits. */
  readonly nodes: readonly (readonly (number | null)[])[];
}

/** Recommended nodes for every pair. The contexts' distribution, where there is one, is left out: every session is as long as the row says. */
export function nodeTable(
  question: FleetQuestion,
  concurrencies: readonly number[],
  contexts: readonly number[],
): NodeTable {
  const nodesAt = (concurrency: number, context: number): number | null =>
    sizeFleet({
      ...question,
      request: { ...question.request, concurrency, effective_context: context, contexts: null },
    }).scenarios.recommended.results.nodes_final;
  return {
    concurrencies,
    contexts,
    nodes: contexts.map((context) => concurrencies.map((concurrency) => nodesAt(concurrency, context))),
  };
}

/** Steps around what was asked for: a quarter to four times the sessions, and the context halved up to four times or doubled. */
export function tableSteps({ model, request }: FleetQuestion): {
  readonly concurrencies: readonly number[];
  readonly contexts: readonly number[];
} {
  const { concurrency, effective_context: context } = request;
  const counts = [0.25, 0.5, 1, 2, 4].map((factor) =>
    Math.max(1, Math.min(1e9, Math.round(concurrency * factor))),
  );
  const lengths = [0.125, 0.25, 0.5, 1, 2].map((factor) =>
    Math.max(1, Math.min(model.max_position_embeddings, Math.round(context * factor))),
  );
  return { concurrencies: distinct(counts), contexts: distinct(lengths) };
}

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((left, right) => left - right);
}
