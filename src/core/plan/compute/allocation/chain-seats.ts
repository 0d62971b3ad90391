import { expertPattern } from '../../model-index';
import { type Chain, type Link } from './chain';
import {
  CODES_A_BLOCK,
  FIRST_WEIGHT,
  FOLLOWS_WEIGHTS,
  HOST_CODE,
  OPERATION,
  VIEW,
  WEIGHT,
} from '../flat/flat-graph';
import { OFFLOAD_ROWS, UNASSIGNED } from './schedule';
import type { Backend } from '../drawing/tensor-graph';

/** What placements have in common that share steps: where everything lies that belongs to no block. */
export interface Setting {
  readonly host: Backend;
  readonly offload: boolean;
  readonly offloadCache: boolean;
  /** Where weights that belong to no block lie, by their number in the chain. */
  readonly homeOutside: (weight: number) => Backend;
  /** Values of the graph's forms, to tell many rows from few. */
  readonly values: Float64Array;
}

/** Where a block lies: its weights, the cache it reads, and whether its experts are on the host, as one number below `PLACES`. */
export type Where = number;

/** More than any `Where`: 16 devices (llama.cpp's GGML_SCHED_MAX_BACKENDS) and the host squared, twice. */
export const PLACES = 2 * 17 * 17;

export function whereOf(home: Backend, cacheHome: Backend, moved: boolean, host: Backend): Where {
  return (home * (host + 1) + cacheHome) * 2 + (moved ? 1 : 0);
}

/** A kind of link in one place, behind another in one place. */
export interface Seat {
  readonly number: number;
  /** Where the link's own tensors lie; -1 where they lie in no buffer yet. */
  readonly homes: Int8Array;
  /** Backends of its nodes, where they follow from what lies where; `UNASSIGNED` elsewhere. */
  readonly first: Assignment;
}

/** Backends of a link's nodes, in order; of views they mean nothing. */
export interface Assignment {
  readonly number: number;
  readonly seat: Seat;
  readonly link: Link;
  readonly backends: Int8Array;
  /** What each pass makes of it: by the pass and the backend that is carried into the link. */
  readonly passes: (Passed | undefined)[];
}

interface Passed {
  readonly to: Assignment;
  readonly carried: Backend;
}

/** Backends of all operations, one link after the other: passes 1 to 3 of `ggml_backend_sched_split_graph`, each link's part remembered. */
export class Seats {
  private readonly seats = new Map<number, Seat>();
  private readonly assignments = new Map<string, Assignment>();

  constructor(
    private readonly chain: Chain,
    private readonly setting: Setting,
  ) {}

  /** `wheres` are of the blocks, which are the links but for the first. */
  assign(wheres: ArrayLike<Where>): Assignment[] {
    const { links } = this.chain;
    const assigned: Assignment[] = [];
    let seat: Seat | null = null;
    for (let at = 0; at < links.length; at++) {
      const where = at < 1 ? 0 : wheres[at - 1]!;
      const before = at < 2 ? 0 : wheres[at - 2]!;
      const same: boolean =
        seat !== null &&
        at > 3 &&
        links[at]!.kind === links[at - 1]!.kind &&
        before === where &&
        before === wheres[at - 3];
      if (!same) seat = this.seatOf(at, where, before);
      assigned.push(seat!.first);
    }
    if (this.setting.host > 0) this.spread(assigned, 0, this.setting.host);
    this.spread(assigned, 2, UNASSIGNED);
    return assigned;
  }

  private spread(assigned: Assignment[], pass: number, never: Backend): void {
    let carried: Backend = UNASSIGNED;
    for (let at = 0; at < assigned.length; at++) {
      const passed = this.passed(assigned[at]!, pass, carried, never);
      assigned[at] = passed.to;
      carried = passed.carried;
    }
    carried = UNASSIGNED;
    for (let at = assigned.length - 1; at >= 0; at--) {
      const passed = this.passed(assigned[at]!, pass + 1, carried, never);
      assigned[at] = passed.to;
      carried = passed.carried;
    }
  }

  private passed(from: Assignment, pass: number, carried: Backend, never: Backend): Passed {
    const key = (carried - UNASSIGNED) * PASSES + pass;
    return (from.passes[key] ??= this.pass(from, pass % 2 === 0, carried, never));
  }

  /** Neighbours without a place of their own join the one before them, or the one after. */
  private pass(from: Assignment, forward: boolean, carried: Backend, never: Backend): Passed {
    const { nodes } = from.link;
    const { flags } = this.chain.graph;
    const backends = from.backends.slice();
    let current = carried;
    for (let step = 0; step < nodes.length; step++) {
      const position = forward ? step : nodes.length - 1 - step;
      if ((flags[nodes[position]!]! & OPERATION) === 0) continue;
      const backend = backends[position]!;
      if (backend === UNASSIGNED) backends[position] = current;
      else current = backend === never ? UNASSIGNED : backend;
    }
    return { to: this.assignment(from.seat, from.link, backends), carried: current };
  }

  private assignment(seat: Seat, link: Link, backends: Int8Array): Assignment {
    const key = `${seat.number} ${backends.join()}`;
    const known = this.assignments.get(key);
    if (known !== undefined) return known;
    const made: Assignment = { number: this.assignments.size, seat, link, backends, passes: [] };
    this.assignments.set(key, made);
    return made;
  }

  private seatOf(at: number, where: Where, before: Where): Seat {
    const link = this.chain.links[at]!;
    const key = (link.kind * PLACES + where) * PLACES + before;
    const known = this.seats.get(key);
    if (known !== undefined) return known;
    const homes = new Int8Array(link.to - link.from);
    const homeOf = (codes: Int32Array, tensor: number): Backend =>
      this.homeOf(codes[tensor]!, at, where, before);
    for (let tensor = link.from; tensor < link.to; tensor++)
      homes[tensor - link.from] = homeOf(this.chain.graph.homes, tensor);
    const number = this.seats.size;
    const seat = { number, homes } as { number: number; homes: Int8Array; first: Assignment };
    const backends = Int8Array.from(link.nodes, (node) => this.firstBackend(node, homeOf));
    seat.first = this.assignment(seat, link, backends);
    this.seats.set(key, seat);
    return seat;
  }

  /** Where it is wished, where the memory it writes to lies, or the weights it reads. */
  private firstBackend(node: number, homeOf: (codes: Int32Array, tensor: number) => Backend): Backend {
    const { flags, roots, starts, sources, rows, homes, pins } = this.chain.graph;
    const pin = homeOf(pins, node);
    if (pin >= 0) return pin;
    const root = roots[node]!;
    if (root >= 0 && homeOf(homes, root) >= 0) return homeOf(homes, root);
    if ((flags[node]! & (FOLLOWS_WEIGHTS | VIEW)) !== FOLLOWS_WEIGHTS) return UNASSIGNED;
    const { host, offload, values } = this.setting;
    for (let read = starts[node]!; read < starts[node + 1]!; read++) {
      const source = sources[read]!;
      if ((flags[source]! & WEIGHT) === 0) continue;
      const home = homeOf(homes, source);
      const taken = host > 0 && offload && home === host && values[rows[node]!]! >= OFFLOAD_ROWS;
      return taken ? 0 : home;
    }
    return UNASSIGNED;
  }

  private homeOf(code: number, at: number, where: Where, before: Where): Backend {
    const { host, offloadCache, homeOutside } = this.setting;
    if (code < 0) return -1;
    if (code === HOST_CODE) return host;
    if (code >= FIRST_WEIGHT) {
      const weight = code - FIRST_WEIGHT;
      const { position, ordinal, tensor } = this.chain.graph.weights[weight]!;
      if (position === null) return homeOutside(weight);
      const place = position === at - 1 ? where : before;
      const moved = (place & 1) === 1 && ordinal >= 0 && expertPattern.test(tensor.name);
      return moved ? host : homeIn(place, host);
    }
    const which = (code - 1) % CODES_A_BLOCK;
    const place = Math.floor((code - 1) / CODES_A_BLOCK) === at - 1 ? where : before;
    if (which === 0) return homeIn(place, host);
    if (!offloadCache) return host;
    return which === 1 ? homeIn(place, host) : (place >> 1) % (host + 1);
  }
}

const PASSES = 4;

function homeIn(where: Where, host: Backend): Backend {
  return Math.floor((where >> 1) / (host + 1));
}
