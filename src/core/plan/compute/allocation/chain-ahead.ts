import { type Chain, isOwn, nameBefore, nameOf } from './chain';
import { type Cut, ITSELF } from './chain-splits';
import type { Backend } from '../drawing/tensor-graph';

/** Thrown where a link cannot be followed by itself, as where it reads what is farther off than names reach. */
export class Unlinked extends Error {}

/** What comes behind a link, as far as it matters before. Names are those of the link behind. */
export interface Ahead {
  readonly number: number;
  /** What links behind it read that is there before them: whether itself, a copy, or as what a view shows. */
  readonly uses: readonly Use[];
  /** What they have copied for the split that is open when the link ends. */
  readonly inputs: readonly number[];
  /** What it is before a link that is cut like this. */
  readonly before: Map<number, Turn>;
}

export interface Use {
  readonly name: number;
  /** A backend: the copy there; else `ITSELF` or `SHOWN`. */
  readonly how: Backend;
}

/** As what a view shows. */
export const SHOWN = -2;

/** One link with everything behind it. */
export interface Turn {
  readonly number: number;
  readonly cut: Cut;
  readonly behind: Ahead;
  /** Behind the link before. */
  readonly ahead: Ahead;
}

/** What the allocator knows of the rest of the graph: how often everything is still read, and what splits need copies of. */
export class Lookahead {
  private readonly known = new Map<string, Ahead>();
  private turns = 0;

  constructor(private readonly chain: Chain) {}

  /** Behind the last link. */
  end(): Ahead {
    return this.interned([], []);
  }

  turn(cut: Cut, behind: Ahead, at: number): Turn {
    const known = behind.before.get(cut.number);
    if (known !== undefined) return known;
    const ahead = this.interned(this.usesFrom(cut, behind, at), this.inputsFrom(cut, behind));
    const made = { number: this.turns++, cut, behind, ahead };
    behind.before.set(cut.number, made);
    return made;
  }

  /** What the split that is open when a link begins has copied from there on. */
  private inputsFrom({ parts }: Cut, behind: Ahead): readonly number[] {
    const own = parts[0]!.inputs;
    const inputs = parts.length > 1 ? own : [...own, ...behind.inputs.map(nameBefore)];
    // what the link itself brings cannot be copied before it
    if (inputs.some(isOwn)) throw new Unlinked('copies ahead');
    return inputs;
  }

  private usesFrom(cut: Cut, behind: Ahead, at: number): readonly Use[] {
    const uses = new Map<number, Use>();
    const note = (name: number, how: Use['how']): void => {
      if (!isOwn(name)) uses.set(name * HOWS + how, { name, how });
    };
    for (const { name, how } of behind.uses) note(nameBefore(name), how);
    const opened = cut.parts.slice(1).flatMap(({ inputs }) => inputs);
    if (cut.parts.length > 1) opened.push(...behind.inputs.map(nameBefore));
    for (const name of opened) note(name, ITSELF);
    for (let read = 0; read < cut.reads.length; read++) note(cut.reads[read]!, cut.hows[read]!);
    const { links, graph } = this.chain;
    for (const node of links[at]!.nodes)
      if (graph.roots[node]! >= 0) note(nameOf(this.chain, graph.roots[node]!, at), SHOWN);
    return [...uses.entries()].sort(([one], [other]) => one - other).map(([, use]) => use);
  }

  private interned(uses: readonly Use[], inputs: readonly number[]): Ahead {
    const key = `${uses.map(({ name, how }) => `${name} ${how}`).join()};${inputs.join()}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made: Ahead = { number: this.known.size, uses, inputs, before: new Map() };
    this.known.set(key, made);
    return made;
  }
}

/** More than there are ways to be used. */
const HOWS = 32;
