import { type Chain, nameOf, NAMELESS, tensorOf } from './chain';
import { SHOWN, type Turn, Unlinked } from './chain-ahead';
import { countOf, ITSELF, shownBy } from './chain-splits';
import type { Living, Slot } from './chain-steps';
import { FIRST_WEIGHT, HOME, KEPT } from '../flat/flat-graph';
import { UNFIT } from '../flat/size-forms';
import { type SlotSizes } from './slot-sizes';
import { Draft, type StepWeight } from './draft';
import type { Backend } from '../drawing/tensor-graph';

/** Thrown where the size of a slot follows no form. */
export class Unfit extends Error {}

/** Thrown hundreds of times a second, of which nobody wants to know where: a new one would look for that. */
const unfit = new Unfit();

/** More than a link reads anything: what is read later is not read for the last time. */
const LATER = 1 << 20;

/** Scratch space by the number of a tensor, those of copies behind all others: one link is followed at a time. */
let scratch = scratchFor(1024);

function scratchFor(length: number) {
  return {
    children: new Int32Array(length),
    views: new Int32Array(length),
    allocated: new Uint8Array(length),
    places: new Int32Array(length),
  };
}

/** One link, followed from what is in use at its begin. */
export class Life {
  readonly draft: Draft;
  /** Numbers from here on are of copies. */
  private readonly count: number;
  private readonly children: Int32Array;
  private readonly views: Int32Array;
  private readonly allocated: Uint8Array;
  private readonly places: Int32Array;
  /** By place, what was taken there, and whose it is now; -1 where it was given back or nobody knows. */
  private readonly taken: Pick<Slot, 'backend' | 'size'>[];
  private readonly owners: number[];
  private readonly isTaken: boolean[];

  constructor(
    private readonly chain: Chain,
    private readonly host: Backend,
    private readonly sizes: SlotSizes,
    private readonly living: Living,
    private readonly turn: Turn,
    private readonly at: number,
  ) {
    this.count = countOf(chain, host);
    const all = this.count * (host + 2);
    if (scratch.places.length < all) scratch = scratchFor(2 * all);
    this.children = scratch.children.fill(0, 0, all);
    this.views = scratch.views.fill(0, 0, this.count);
    this.allocated = scratch.allocated.fill(0, 0, all);
    this.places = scratch.places;
    this.taken = [...living.slots];
    this.owners = living.slots.map(() => -1);
    this.isTaken = living.slots.map(() => true);
    this.draft = new Draft(living.slots.length);
  }

  follow(): this {
    const { at, chain, turn, draft } = this;
    const { cut, behind } = turn;
    const { nodes } = chain.links[at]!;
    this.recall();
    this.countUses();
    if (at === 0) for (const leaf of chain.graph.leaves) this.place(leaf, this.host, 0, 0);
    let read = 0;
    for (const [index, part] of cut.parts.entries()) {
      if (index > 0) for (const input of part.inputs) this.copy(tensorOf(chain, input, at), part.backend);
      if (index > 0 && index === cut.parts.length - 1)
        for (const input of behind.inputs) this.copy(tensorOf(chain, input, at + 1), part.backend);
      for (let position = part.from; position < part.to; position++)
        read = this.compute(nodes[position]!, cut.backends[position]!, read);
    }
    draft.most = this.taken.length;
    for (const [place, isTaken] of this.isTaken.entries()) if (isTaken) draft.left.push(place);
    return this;
  }

  /** The slots that are still taken, as the next link knows them. */
  slotsLeft(): readonly Slot[] {
    const { chain, at, host, count } = this;
    return this.draft.left.map((place) => {
      const { backend, size } = this.taken[place]!;
      const later =
        typeof size === 'number' || size.outside !== null ? size : { ...size, before: size.before + 1 };
      const owner = this.owners[place]!;
      const [tensor, how] =
        owner < count
          ? [owner, ITSELF]
          : [Math.floor((owner - count) / (host + 1)), (owner - count) % (host + 1)];
      const name = owner < 0 ? NAMELESS : nameOf(chain, tensor, at + 1);
      return { name, how: name === NAMELESS ? ITSELF : how, backend, size: later };
    });
  }

  /** Views that are still to be read, by what they show. */
  shownLeft(): Living['shown'] {
    const { chain, at, views } = this;
    const { roots, flags } = chain.graph;
    for (const tensor of chain.links[at + 1]?.handed ?? [])
      if (roots[tensor]! >= 0 && nameOf(chain, roots[tensor]!, at + 1) === NAMELESS)
        throw new Unlinked('a farther root');
    const shown = new Set(this.living.shown.map(([name]) => tensorOf(chain, name, at)));
    for (const node of chain.links[at]!.nodes) if (roots[node]! >= 0) shown.add(roots[node]!);
    return [...shown]
      .filter((tensor) => (flags[tensor]! & HOME) === 0 && views[tensor]! % LATER > 0)
      .map((tensor) => [nameOf(chain, tensor, at + 1), views[tensor]! % LATER] as const)
      .filter(([name]) => name !== NAMELESS)
      .sort(([one], [other]) => one - other);
  }

  private recall(): void {
    const { living, chain, at } = this;
    for (const [place, { name, how }] of living.slots.entries()) {
      if (name === NAMELESS) continue;
      const tensor = this.numberOf(tensorOf(chain, name, at), how);
      this.allocated[tensor] = 1;
      this.places[tensor] = place;
      this.owners[place] = tensor;
    }
    for (const [name, views] of living.shown) this.views[tensorOf(chain, name, at)] = views;
  }

  /** How often everything is read and shown in this link, and whether it is later. */
  private countUses(): void {
    const { chain, at, turn, children, views } = this;
    const { cut, behind } = turn;
    const { reads, hows, parts } = cut;
    for (let read = 0; read < reads.length; read++)
      children[this.numberOf(tensorOf(chain, reads[read]!, at), hows[read]!)]!++;
    for (const node of chain.links[at]!.nodes) {
      const root = chain.graph.roots[node]!;
      if (root >= 0) views[root]!++;
    }
    for (const { inputs } of parts.slice(1))
      for (const input of inputs) children[tensorOf(chain, input, at)]!++;
    if (parts.length > 1) for (const input of behind.inputs) children[tensorOf(chain, input, at + 1)]!++;
    for (const { name, how } of behind.uses) {
      const tensor = tensorOf(chain, name, at + 1);
      if (how === SHOWN) views[tensor]! += LATER;
      else children[this.numberOf(tensor, how)]! += LATER;
    }
  }

  private numberOf(tensor: number, how: number): number {
    return how === ITSELF ? tensor : this.count + tensor * (this.host + 1) + how;
  }

  private copy(tensor: number, backend: Backend): void {
    this.release(tensor);
    this.take(this.numberOf(tensor, backend), tensor, backend);
  }

  /** Computes a node, whose sources are the cut's from `read` on, and says where those of the next begin. */
  private compute(node: number, backend: Backend, read: number): number {
    const { starts } = this.chain.graph;
    const end = read + starts[node + 1]! - starts[node]!;
    this.place(node, backend, read, end);
    for (let index = read; index < end; index++) this.release(this.readAt(index));
    return end;
  }

  private readAt(read: number): number {
    const { reads, hows } = this.turn.cut;
    return this.numberOf(tensorOf(this.chain, reads[read]!, this.at), hows[read]!);
  }

  private place(tensor: number, backend: Backend, read: number, end: number): void {
    const { flags, roots } = this.chain.graph;
    if (this.allocated[tensor] === 1 || roots[tensor]! >= 0 || (flags[tensor]! & HOME) !== 0) return;
    const heir = this.inherited(tensor, read, end);
    if (heir < 0) {
      this.take(tensor, tensor, backend);
      return;
    }
    const place = this.places[heir]!;
    this.allocated[heir] = 0;
    this.allocated[tensor] = 1;
    this.places[tensor] = place;
    this.owners[place] = tensor;
  }

  private inherited(node: number, read: number, end: number): number {
    const { heirs, starts } = this.chain.graph;
    for (let index = read; index < end; index++) {
      if (heirs[starts[node]! + index - read] === 0) continue;
      const source = this.readAt(index);
      const free =
        this.children[source] === 1 &&
        (source >= this.count || this.views[source] === 0) &&
        !this.isKept(source);
      if (free && this.allocated[source] === 1) return source;
    }
    return -1;
  }

  private take(number: number, tensor: number, backend: Backend): void {
    const size = this.sizeOf(shownBy(this.chain, tensor, this.host));
    const place = this.taken.push({ backend, size }) - 1;
    this.isTaken.push(true);
    this.owners.push(number);
    this.allocated[number] = 1;
    this.places[number] = place;
    this.event(place, 0);
  }

  private event(place: number, give: number): void {
    const { backend, size } = this.taken[place]!;
    this.draft.add(place, give, backend, typeof size === 'number' ? size : this.draft.weigh(size));
  }

  private sizeOf(tensor: number): number | StepWeight {
    const { bytes, homes, weights } = this.chain.graph;
    if (bytes[tensor] === UNFIT) throw unfit;
    const form = this.sizes.numberOf(tensor);
    if (form >= 0) return form;
    const { position, ordinal, tensor: weight } = weights[homes[tensor]! - FIRST_WEIGHT]!;
    const outside = position === null ? weight.name : null;
    return { before: position === null ? 0 : this.at - 1 - position, ordinal, outside };
  }

  private release(number: number): void {
    const { children, views } = this;
    const left = --children[number]!;
    if (left > 0 || (number < this.count && views[number]! > 0)) return;
    const root = number < this.chain.owners.length ? this.chain.graph.roots[number]! : -1;
    if (root < 0) {
      this.free(number);
      return;
    }
    const shown = --views[root]!;
    if (shown === 0 && children[root] === 0) this.free(root);
  }

  private free(number: number): void {
    if (this.allocated[number] === 0 || this.isKept(number)) return;
    const place = this.places[number]!;
    this.allocated[number] = 0;
    this.isTaken[place] = false;
    this.owners[place] = -1;
    this.event(place, 1);
  }

  private isKept(number: number): boolean {
    return number < this.chain.owners.length && (this.chain.graph.flags[number]! & KEPT) !== 0;
  }
}
