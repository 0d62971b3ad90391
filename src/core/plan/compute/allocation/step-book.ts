import type { Draft } from './draft';
import { STEP_REPEATED } from './step-code';

/** Steps, each once, one behind the other; a step is known by where it begins. */
export class StepBook {
  code = new Int32Array(1024);
  /** Names of weights that belong to no block. */
  readonly outside: string[] = [];
  private length = 0;
  private readonly byHash = new Map<number, number[]>();

  /** Numbers that it takes to keep them. */
  get cost(): number {
    return this.length;
  }

  /** Where the step begins. */
  add(draft: Draft): number {
    const told = draft.tell((name) => this.numberOf(name));
    const hash = hashOf(told);
    const same = this.byHash.get(hash) ?? [];
    for (const at of same) if (this.isAt(at, told)) return at;
    const at = this.length;
    if (at + told.length > this.code.length) this.grow(at + told.length);
    this.code.set(told, at);
    this.length += told.length;
    this.byHash.set(hash, [...same, at]);
    return at;
  }

  /** It pays to remember what this step leaves. */
  expect(at: number): void {
    this.code[at + STEP_REPEATED] = 1;
  }

  /** The same of every step that comes more than once in an order. */
  expectRepeated(order: readonly number[]): void {
    const seen = new Set<number>();
    for (const step of order) {
      if (seen.has(step)) this.expect(step);
      seen.add(step);
    }
  }

  /** Gives back the room for more steps, where there will be none. */
  close(): this {
    this.code = this.code.slice(0, this.length);
    this.byHash.clear();
    return this;
  }

  private numberOf(name: string): number {
    const known = this.outside.indexOf(name);
    return known >= 0 ? known : this.outside.push(name) - 1;
  }

  private isAt(at: number, told: readonly number[]): boolean {
    for (let index = 0; index < told.length; index++)
      if (index !== STEP_REPEATED && this.code[at + index] !== told[index]) return false;
    return true;
  }

  private grow(least: number): void {
    const { code } = this;
    this.code = new Int32Array(2 * least);
    this.code.set(code);
  }
}

function hashOf(told: readonly number[]): number {
  let hash = 0;
  for (const number of told) hash = (Math.imul(hash, 31) + number) | 0;
  return hash;
}
