import { type Chain, nameOf, NAMELESS, tensorOf } from './chain';
import type { Assignment, Setting } from './chain-seats';
import { HOME, INPUT, OPERATION, WEIGHT } from '../flat/flat-graph';
import type { Backend } from '../drawing/tensor-graph';

/** What the scheduler knows when it comes to a link. */
export interface Passing {
  readonly number: number;
  /** The backend of the split that is open, and whether that has inputs. */
  readonly backend: Backend;
  readonly inputs: boolean;
  /** Names of results and inputs, the backend of each, and as bits the backends that it has been copied to. */
  readonly known: readonly Known[];
  /** What it makes of a link with so assigned backends. */
  readonly next: Map<number, Crossing>;
}

interface Known {
  readonly name: number;
  readonly backend: Backend;
  readonly copies: number;
}

export interface Crossing {
  readonly cut: Cut;
  readonly to: Passing;
}

/** A link cut into splits. */
export interface Cut {
  readonly number: number;
  readonly assignment: Assignment;
  /** By node: views too. */
  readonly backends: Int8Array;
  /** Names of what its nodes read, one after the other, and for each the backend of the copy that is read. */
  readonly reads: Int32Array;
  readonly hows: Int8Array;
  /** Backends of what it reads from outside, by name. */
  readonly outside: ReadonlyMap<number, Backend>;
  /** The end of the split that is open when it begins, and those that begin in it. */
  readonly parts: readonly Part[];
}

export interface Part {
  /** The first of its nodes, and one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly backend: Backend;
  /** Names of what is copied for the split, in order. */
  readonly inputs: readonly number[];
}

/** In place of the backend of a copy. */
export const ITSELF = -1;

/** A tensor as it is read: twins of one place are one tensor, numbered behind all others. */
export function readAs({ twins, owners }: Chain, tensor: number, home: Backend, host: Backend): number {
  const twin = twins[tensor]!;
  return twin < 0 ? tensor : owners.length + twin * (host + 1) + home;
}

/** The tensor that such a number stands for. */
export function shownBy({ firstTwins, owners }: Chain, tensor: number, host: Backend): number {
  if (tensor < owners.length) return tensor;
  return firstTwins[Math.floor((tensor - owners.length) / (host + 1))]!;
}

/** Numbers that tensors can be read as. */
export function countOf({ firstTwins, owners }: Chain, host: Backend): number {
  return owners.length + firstTwins.length * (host + 1);
}

/** Scratch space by tensor: where each is, and as bits where copies of it are. One link is cut at a time. */
let placesOf = new Int8Array(1024);
let copiesOf = new Int32Array(1024);

/** Passes 4 and 5 of `ggml_backend_sched_split_graph`, each link's part remembered by what was known before it. */
export class Splitter {
  private readonly passings = new Map<string, Passing>();
  private readonly cuts = new Map<string, Cut>();
  /** Backends of leaves that any link may read; -1 for all else. */
  private readonly leaves: Int8Array;

  constructor(
    private readonly chain: Chain,
    private readonly setting: Setting,
    private readonly homeOfCommon: (tensor: number) => Backend,
  ) {
    const { host } = setting;
    const count = countOf(chain, host);
    const { length } = chain.owners;
    this.leaves = new Int8Array(count).fill(-1);
    for (const tensor of chain.common) this.leaves[tensor] = this.backendOfLeaf(tensor);
    for (let twin = length; twin < count; twin++) this.leaves[twin] = (twin - length) % (host + 1);
  }

  private backendOfLeaf(tensor: number): Backend {
    const { flags } = this.chain.graph;
    if ((flags[tensor]! & HOME) !== 0) return this.homeOfCommon(tensor);
    return (flags[tensor]! & INPUT) !== 0 ? this.setting.host : -1;
  }

  /** What is known at the begin, where the first operation runs. */
  begin({ link, backends }: Assignment): Passing {
    const { flags } = this.chain.graph;
    const first = link.nodes.findIndex((node) => (flags[node]! & OPERATION) !== 0);
    return this.passing(backends[first] ?? 0, false, []);
  }

  cross(passing: Passing, assignment: Assignment, at: number): Crossing {
    const known = passing.next.get(assignment.number);
    if (known !== undefined) return known;
    const made = this.cut(passing, assignment, at);
    passing.next.set(assignment.number, made);
    return made;
  }

  private cut(passing: Passing, assignment: Assignment, at: number): Crossing {
    const { chain } = this;
    const { flags, starts, sources } = chain.graph;
    const { nodes } = chain.links[at]!;
    const { host } = this.setting;
    this.recall(passing, assignment, at);
    const parts: { from: number; to: number; backend: Backend; inputs: number[] }[] = [];
    let part = { from: 0, to: 0, backend: passing.backend, inputs: [] as number[] };
    let inputs = passing.inputs;
    const isElsewhere = (read: number): boolean => {
      const source = sources[read]!;
      return (flags[source]! & WEIGHT) !== 0 && placesOf[source] !== part.backend;
    };
    for (let position = 0; position < nodes.length; position++) {
      const node = nodes[position]!;
      if ((flags[node]! & OPERATION) === 0) continue;
      const [begin, end] = [starts[node]!, starts[node + 1]!];
      let fresh = placesOf[node] !== part.backend;
      if (inputs) for (let read = begin; read < end && !fresh; read++) fresh = isElsewhere(read);
      if (fresh) {
        parts.push({ ...part, to: position });
        part = { from: position, to: 0, backend: placesOf[node]!, inputs: [] };
        inputs = false;
      }
      for (let read = begin; read < end; read++) {
        const source = readAs(chain, sources[read]!, placesOf[sources[read]!]!, host);
        const bit = 1 << part.backend;
        if (placesOf[source] === part.backend || (copiesOf[source]! & bit) !== 0) continue;
        copiesOf[source]! |= bit;
        part.inputs.push(nameOf(chain, source, at));
        inputs = true;
      }
    }
    parts.push({ ...part, to: nodes.length });
    const cut = this.interned(assignment, parts, at);
    return { cut, to: this.passing(part.backend, inputs, this.knownAfter(at)) };
  }

  /** Fills in the backends of everything that the link reads or brings, and what has been copied. */
  private recall({ known }: Passing, { seat, backends: assigned }: Assignment, at: number): void {
    const { chain, leaves } = this;
    const { flags, roots } = chain.graph;
    const { nodes, from, to } = chain.links[at]!;
    if (placesOf.length < leaves.length) {
      placesOf = new Int8Array(2 * leaves.length);
      copiesOf = new Int32Array(2 * leaves.length);
    }
    placesOf.set(leaves);
    copiesOf.fill(0, 0, leaves.length);
    for (const { name, backend, copies: bits } of known) {
      const tensor = tensorOf(chain, name, at);
      placesOf[tensor] = backend;
      copiesOf[tensor] = bits;
    }
    for (let tensor = from; tensor < to; tensor++) {
      const home = seat.homes[tensor - from]!;
      if (home >= 0) placesOf[tensor] = home;
    }
    for (let position = 0; position < nodes.length; position++) {
      const node = nodes[position]!;
      const root = roots[node]!;
      const isOperation = (flags[node]! & OPERATION) !== 0;
      const shown = root >= 0 ? placesOf[root]! : -1;
      const found = isOperation && assigned[position]! >= 0 ? assigned[position]! : shown;
      placesOf[node] = found >= 0 ? found : this.setting.host;
    }
  }

  private interned(assignment: Assignment, parts: readonly Part[], at: number): Cut {
    const { chain } = this;
    const { nodes, outside } = chain.links[at]!;
    const own = Int8Array.from(nodes, (node) => placesOf[node]!);
    const around = new Map(outside.map((tensor) => [nameOf(chain, tensor, at), placesOf[tensor]!]));
    const [reads, hows] = this.readsOf(at);
    const key = `${assignment.number} ${own.join()} ${[...around].join()} ${JSON.stringify(parts)}`;
    const known = this.cuts.get(key);
    if (known !== undefined) return known;
    const made: Cut = {
      number: this.cuts.size,
      assignment,
      backends: own,
      reads,
      hows,
      outside: around,
      parts,
    };
    this.cuts.set(key, made);
    return made;
  }

  private readsOf(at: number): readonly [reads: Int32Array, hows: Int8Array] {
    const { chain } = this;
    const { flags, starts, sources } = chain.graph;
    const reads: number[] = [];
    const hows: number[] = [];
    for (const node of chain.links[at]!.nodes) {
      const isOperation = (flags[node]! & OPERATION) !== 0;
      for (let read = starts[node]!; read < starts[node + 1]!; read++) {
        const source = readAs(chain, sources[read]!, placesOf[sources[read]!]!, this.setting.host);
        const isCopy = isOperation && placesOf[source] !== placesOf[node];
        reads.push(nameOf(chain, source, at));
        hows.push(isCopy ? placesOf[node]! : ITSELF);
      }
    }
    return [Int32Array.from(reads), Int8Array.from(hows)];
  }

  /** Everything that matters behind this link. */
  private knownAfter(at: number): readonly Known[] {
    const { chain, leaves } = this;
    const known: Known[] = [];
    const keep = (tensor: number): void => {
      const bits = copiesOf[tensor]!;
      if (bits === 0 && placesOf[tensor] === leaves[tensor]) return;
      const name = nameOf(chain, tensor, at + 1);
      if (name !== NAMELESS) known.push({ name, backend: placesOf[tensor]!, copies: bits });
    };
    for (const tensor of chain.common) keep(tensor);
    for (let twin = chain.owners.length; twin < leaves.length; twin++) keep(twin);
    for (const tensor of chain.links[at + 1]?.handed ?? []) keep(tensor);
    return known;
  }

  private passing(backend: Backend, inputs: boolean, known: readonly Known[]): Passing {
    const key = `${backend} ${inputs} ${known.map((each) => `${each.name} ${each.backend} ${each.copies}`).join()}`;
    const found = this.passings.get(key);
    if (found !== undefined) return found;
    const made: Passing = { number: this.passings.size, backend, inputs, known, next: new Map() };
    this.passings.set(key, made);
    return made;
  }
}
