import { type Candidate, type Question, weigh } from '../placement';
import type { Placing } from '../settings';
import { assertNever } from '../../assert-never';
import type { Bytes } from '../../units';
import { pagingOf } from '../paging-share';
import type { PlacementKind } from './schema';
import { deviceShortage } from './shape';
import type { Valuer } from './value';

/** A placement that was weighed with every buffer. */
export interface Weighed {
  readonly kind: PlacementKind;
  readonly candidate: Candidate;
  /** Into every budget and, where the objective is not speed itself, above the floor. */
  readonly fits: boolean;
  /** By the objective; larger is better. */
  readonly worth: number;
}

interface Tally {
  bounded: number;
  atMost: number | null;
  weighed: number;
  fitting: number;
  best: Weighed | null;
}

/** Everything that one search looked at: counts by kind, the best of each, what came nearest. */
export class Ledger {
  readonly #tallies = new Map<PlacementKind, Tally>();
  readonly #known = new Map<string, Weighed>();
  readonly question: Question;
  #weighed = 0;

  constructor(question: Question) {
    this.question = question;
  }

  /** Placements weighed so far. */
  get weighed(): number {
    return this.#weighed;
  }

  /** A placement was looked at by its lower bound, and might decode so many tokens a second; null where it is none. */
  bound(kind: PlacementKind, atMost: number | null): void {
    const tally = this.#tally(kind);
    tally.bounded++;
    if (atMost !== null) tally.atMost = Math.max(tally.atMost ?? 0, atMost);
  }

  /** Weighs a placement, once for each `key`. */
  weigh(kind: PlacementKind, key: string, placing: Placing, valuer: Valuer): Weighed {
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const candidate = weigh(this.question, placing);
    const paging = pagingOf(this.question.request, candidate);
    const made: Weighed = {
      kind,
      candidate,
      fits: candidate.short === 0 && valuer.fastEnough(candidate.settings, paging),
      worth: valuer.worth(candidate.settings, paging),
    };
    this.#known.set(key, made);
    this.#weighed++;
    const tally = this.#tally(kind);
    tally.weighed++;
    if (made.fits) tally.fitting++;
    if (tally.best === null || this.isBetter(made, tally.best)) tally.best = made;
    return made;
  }

  /** Kinds in the order in which they were first looked at. */
  get kinds(): readonly (readonly [PlacementKind, Readonly<Tally>])[] {
    return [...this.#tallies];
  }

  /** The best of one kind; null where none was weighed. */
  bestOf(kind: PlacementKind): Weighed | null {
    return this.#tallies.get(kind)?.best ?? null;
  }

  /** What fits and serves best; else what comes nearest to fitting; null where nothing was weighed. */
  best(): Weighed | null {
    let best: Weighed | null = null;
    for (const [, tally] of this.#tallies) {
      if (tally.best !== null && (best === null || this.isBetter(tally.best, best))) best = tally.best;
    }
    return best;
  }

  /** Fitting before not fitting; of those that fit the one that serves the objective; of the others the nearer. */
  isBetter(one: Weighed, other: Weighed): boolean {
    if (one.fits !== other.fits) return one.fits;
    return one.fits ? this.#servesBetter(one, other) : isNearer(one.candidate, other.candidate);
  }

  #servesBetter(one: Weighed, other: Weighed): boolean {
    const ahead = this.#aheadBy(one.candidate, other.candidate);
    return ahead === 0 ? one.worth > other.worth * (1 + SAME) : ahead > 0;
  }

  /** By what the objective counts before speed: tokens of context, or bytes saved on GPUs; 0 where speed decides. */
  #aheadBy(one: Candidate, other: Candidate): number {
    const { objective } = this.question.request;
    switch (objective) {
      case 'longest-context':
        return one.settings.context - other.settings.context;
      case 'least-vram':
        return vramOf(other) - vramOf(one);
      case 'fastest-decode':
      case 'shortest-turn':
        return 0;
      default:
        return assertNever(objective);
    }
  }

  #tally(kind: PlacementKind): Tally {
    const known = this.#tallies.get(kind);
    if (known !== undefined) return known;
    const fresh: Tally = { bounded: 0, atMost: null, weighed: 0, fitting: 0, best: null };
    this.#tallies.set(kind, fresh);
    return fresh;
  }
}

/** By less than this two forecasts are one: the first that was looked at stands. */
const SAME = 1e-6;

/** Bytes over all devices in use, their contexts included. */
export function vramOf({ rows }: Candidate): Bytes {
  return rows.reduce((sum, row) => sum + (row.device === 'host' ? 0 : (row.total_bytes ?? 0)), 0);
}

/** A device that is filled and a host that is short says more than both of them short by some of it. */
function isNearer(one: Candidate, other: Candidate): boolean {
  const first = deviceShortage(one) === 0;
  if (first !== (deviceShortage(other) === 0)) return first;
  return (one.short ?? Infinity) < (other.short ?? Infinity);
}
