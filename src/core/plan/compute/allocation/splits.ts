import { type FlatGraph, INPUT, OPERATION, WEIGHT } from '../flat/flat-graph';
import type { Homes, Machine } from './schedule';
import type { Backend } from '../drawing/tensor-graph';

/** Copies of inputs with pipeline parallelism (`GGML_SCHED_MAX_COPIES`). */
const PIPELINE_COPIES = 4;

/** A tensor that the scheduler adds: a tensor's double on another backend, or what keeps a tensor until it has been copied. */
export interface Extra {
  readonly of: number;
  readonly backend: Backend;
  readonly dependency: boolean;
  /** Kept for as long as the graph lives: the pipeline's. */
  readonly kept: boolean;
}

/** A graph as the allocator sees it. Numbers from the count of the graph's tensors on are extras. */
export interface Splits {
  /** In the order they are computed. */
  readonly planned: readonly number[];
  /** There from the start. */
  readonly leaves: readonly number[];
  readonly extras: readonly Extra[];
  /** What each tensor reads, copies in place of what lies elsewhere. */
  readonly reads: Int32Array;
  /** Inputs that the pipeline keeps. */
  readonly doubled: ReadonlySet<number>;
  /** Positions among the graph's nodes for which the pipeline got more leaves. */
  readonly grown: readonly number[];
}

/** Runs of nodes on one backend, each with copies of what it reads from another: pass 5 of `ggml_backend_sched_split_graph`. */
export function splitsOf(
  graph: FlatGraph,
  places: Homes,
  backends: Int32Array,
  { host, pipeline }: Machine,
): Splits {
  const { nodes, flags, starts, sources } = graph;
  const count = flags.length;
  const { homes } = places;
  const reads = sources.slice();
  const copies = new Int32Array(count * (host + 1));
  const extras: Extra[] = [];
  const planned: number[] = [];
  const graphInputs: number[] = [];
  const splitInputs: number[] = [];
  const grown: number[] = [];
  const doubled = new Set<number>();
  let pending: number[] = [];
  let inputs: number[] = [];
  let current = backends[nodes.find((node) => (flags[node]! & OPERATION) !== 0) ?? -1] ?? 0;
  const add = (of: number, backend: Backend, dependency: boolean, kept: boolean): number =>
    count + extras.push({ of, backend, dependency, kept }) - 1;
  const doubles = (of: number, backend: Backend): readonly number[] =>
    Array.from({ length: PIPELINE_COPIES - 1 }, () => add(of, backend, false, true));
  const flush = (): void => {
    for (const input of inputs) {
      planned.push(add(input, backends[input]!, true, false), copies[input * (host + 1) + current]!);
    }
    for (const node of pending) planned.push(node);
    pending = [];
    inputs = [];
  };
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!;
    if ((flags[node]! & OPERATION) !== 0) {
      const end = starts[node + 1]!;
      let fresh = backends[node] !== current;
      if (!fresh && inputs.length > 0) {
        for (let read = starts[node]!; read < end; read++) {
          const source = sources[read]!;
          if ((flags[source]! & WEIGHT) !== 0 && homes[source] !== current) fresh = true;
        }
      }
      if (fresh) {
        flush();
        current = backends[node]!;
      }
      for (let read = starts[node]!; read < end; read++) {
        const source = sources[read]!;
        if (pipeline && (flags[source]! & INPUT) !== 0 && !doubled.has(source)) {
          doubled.add(source);
          graphInputs.push(source, ...doubles(source, backends[source]!));
          grown.push(index);
        }
        if (backends[source] === current) continue;
        const at = source * (host + 1) + current;
        if (copies[at] === 0) {
          copies[at] = add(source, current, false, pipeline);
          inputs.push(source);
          if (pipeline) {
            splitInputs.push(copies[at], ...doubles(source, current));
            grown.push(index);
          }
        }
        reads[read] = copies[at]!;
      }
    }
    pending.push(node);
  }
  flush();
  return {
    planned,
    leaves: [...graphInputs, ...splitInputs, ...graph.leaves],
    extras,
    reads,
    doubled,
    grown,
  };
}
