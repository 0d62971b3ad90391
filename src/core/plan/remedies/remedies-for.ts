import type { Plan, Remedy } from '../schema';
import { both, type Change, type Kind } from './change';
import { couldFit } from './could-fit';
import { missingHostMemory, reachedFloor } from './follow-ups';
import { machineKinds } from './machine-kinds';
import { combinationKinds, requestKinds } from './request-kinds';
import { noRemedySentence } from './no-remedy';
import type { Situation } from './situation';
import { type Miss, type Outcome, Trials } from './trials';

const MOST = 5;
/** With so many single changes to choose from nobody needs a pair. */
const ENOUGH_SINGLES = 4;

/**
 * Single or paired changes that turn the refusal into ship, cheapest for the user first, at most five; each was planned with `plan`.
 * Neither half of a pair ships alone, and of each kind only the mildest step that ships is named. `none` says why there is none; else null.
 */
export function remediesFor(
  situation: Situation,
  refused: Plan,
  plan: (situation: Situation) => Outcome,
): { remedies: readonly Remedy[]; none: string | null } {
  const search = new Search(situation, refused, plan);
  const found: Found[] = [];
  const failed: Kind[] = [];
  for (const kind of search.kinds()) {
    if (found.length === MOST) break;
    const own = search.mildest(kind);
    if (own === null) failed.push(kind);
    else found.push(own);
  }
  for (const kind of failed.filter(([first]) => first!.memory[0]?.device === 'host')) {
    if (found.length >= ENOUGH_SINGLES || search.isSpent()) break;
    const own = search.withFloor(kind);
    if (own !== null) found.push(own);
  }
  const pairs = found.length < ENOUGH_SINGLES ? pairsOf(failed) : [];
  for (const [first, second] of pairs) {
    if (found.length === MOST || search.isSpent()) break;
    const own = search.mildestPair(first, second);
    if (own !== null) found.push(own);
  }
  const remedies = found
    .sort((left, right) => left.change.cost - right.change.cost)
    .map(({ remedy }) => remedy);
  return { remedies, none: remedies.length === 0 ? noRemedySentence(search.misses(), refused) : null };
}

interface Found {
  readonly change: Change;
  readonly remedy: Remedy;
}

class Search {
  readonly #situation: Situation;
  readonly #refused: Plan;
  readonly #trials: Trials;

  constructor(situation: Situation, refused: Plan, plan: (situation: Situation) => Outcome) {
    this.#situation = situation;
    this.#refused = refused;
    this.#trials = new Trials(situation, plan);
  }

  isSpent(): boolean {
    return this.#trials.isSpent();
  }

  misses(): readonly Miss[] {
    return this.#trials.misses();
  }

  /** Kinds of change, the cheapest first. What llama.cpp would not start with is mended first. */
  kinds(): readonly Kind[] {
    const combination = this.#refused.reasons.some(({ code }) => code === 'unsupported-combination');
    const kinds = combination
      ? combinationKinds(this.#situation)
      : [...requestKinds(this.#situation, this.#refused), ...machineKinds(this.#situation, this.#refused)];
    return kinds.filter((steps) => steps.length > 0).sort((left, right) => turnOf(left) - turnOf(right));
  }

  /** The mildest step that ships; null where the strongest does not. */
  mildest(steps: Kind): Found | null {
    const hopeful = steps.slice(firstThatHolds(steps, (step) => couldFit(this.#situation, step)));
    if (hopeful.length === 0) return null;
    let found = this.#try(hopeful.at(-1)!);
    if (found === null) return null;
    let low = 0;
    let high = hopeful.length - 2;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const own = this.#try(hopeful[middle]!);
      if (own === null) low = middle + 1;
      else {
        found = own;
        high = middle - 1;
      }
    }
    return found;
  }

  /** The mildest of the second that ships with the strongest of the first, then the mildest of the first with that. */
  mildestPair(first: Kind, second: Kind): Found | null {
    const strongest = first.at(-1)!;
    const partners = new Map(second.map((step) => [both(strongest, step), step]));
    const found = this.mildest([...partners.keys()]);
    if (found === null) return null;
    const partner = [...partners].find(([pair]) => pair.message === found.change.message)![1];
    const halves = new Map(first.map((step) => [both(step, partner), step]));
    const mildest = this.mildest([...halves.keys()]) ?? found;
    const half = [...halves].find(([pair]) => pair.message === mildest.change.message)?.[1] ?? strongest;
    if (this.#try(half) !== null || this.#try(partner) !== null) return null;
    return this.#leastMemory(mildest, half, partner);
  }

  /** The mildest of changes that fit and are too slow, with the floor that they reach; null where there are none. */
  withFloor(steps: Kind): Found | null {
    for (const step of steps) {
      if (this.isSpent() || !couldFit(this.#situation, step)) continue;
      this.#try(step);
      const miss = this.#missOf(step);
      const floor = miss === null ? null : reachedFloor(miss);
      if (floor !== null) return this.#try(floor) === null ? this.#try(both(step, floor)) : null;
    }
    return null;
  }

  /** A pair with no more host memory than its other half lacks. */
  #leastMemory(pair: Found, half: Change, partner: Change): Found {
    const [first] = partner.memory;
    const miss = first?.device === 'host' ? this.#missOf(half) : null;
    const least = miss === null ? null : missingHostMemory(this.#situation, miss);
    if (least === null || least.memory[0]!.bytes >= first!.bytes) return pair;
    return this.#try(both(half, least)) ?? pair;
  }

  #missOf(change: Change): Miss | null {
    return this.misses().find((miss) => miss.change === change) ?? null;
  }

  #try(change: Change): Found | null {
    const remedy = this.#trials.remedyOf(change);
    return remedy === null ? null : { change, remedy };
  }
}

/** The cheapest first, but before all what is sure to ship: of a deep model not every kind can be planned. */
function turnOf([first]: Kind): number {
  return first!.code === 'lower-floor' ? -1 : first!.cost;
}

/** Position of the first item for which it holds, where it holds for all behind one that it holds for; their number where for none. */
function firstThatHolds<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Pairs of what did not help alone, the cheapest together first; two changes of the same thing are no pair. */
function pairsOf(kinds: readonly Kind[]): readonly (readonly [Kind, Kind])[] {
  const pairs = kinds.flatMap((first, index) =>
    kinds.slice(index + 1).map((second): readonly [Kind, Kind] => [first, second]),
  );
  return pairs
    .filter(([first, second]) => !clash(first[0]!, second[0]!))
    .sort((left, right) => costOf(left) - costOf(right));
}

function costOf([first, second]: readonly [Kind, Kind]): number {
  return first[0]!.cost + second[0]!.cost;
}

function clash(first: Change, second: Change): boolean {
  const fields = Object.keys(first.request);
  return (
    Object.keys(second.request).some((field) => fields.includes(field)) ||
    first.memory.some(({ device }) => second.memory.some((other) => other.device === device))
  );
}
