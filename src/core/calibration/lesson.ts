import type { Row } from './fit-costs';
import { heldOutOf, type HeldOutOf } from './held-out';
import { kindOf, type Pool } from './pool';
import { type Predictor, predictorOf } from './predict';
import type { Likeness, Observation } from './schema';

/** What the rows of a pool say, whichever model is asked for. */
export interface Lesson {
  readonly rows: readonly Row[];
  readonly heldOut: HeldOutOf;
  readonly predictor: Predictor;
  /** Speeds that contradict the others. */
  readonly doubted: ReadonlySet<string>;
  /** Bytes a second of host memory; null where nobody looked. */
  readonly mostRead: number | null;
}

/** By pool and phase, so that each is learnt once. */
export type Lessons = Map<string, Lesson>;

/** What a pool teaches. It is told by what is never crossed and by the threads of its receipts. */
export function lessonOf(lessons: Lessons, pool: Pool, key: Likeness, phase: Observation['phase']): Lesson {
  const { machine, runtime, split_mode: split, devices } = key;
  const threads = pool.threads ?? key.threads;
  const name = JSON.stringify([phase, machine, runtime, split, devices, threads, pool.equal]);
  const before = lessons.get(name);
  if (before !== undefined) return before;
  const rows = rowsOf(pool);
  const predictor = predictorOf(rows);
  const lesson: Lesson = {
    rows,
    heldOut: heldOutOf(rows),
    predictor,
    doubted: doubtedBy(predictor, rows),
    mostRead: mostReadBeside(rows),
  };
  lessons.set(name, lesson);
  return lesson;
}

/** One receipt may lie, or was read wrong once: what so many of them say is believed. */
const WITNESSES = 3;

/** The most that memory gave beside each receipt, of which so many reach it. */
function mostReadBeside(rows: readonly Row[]): number | null {
  const most = new Map<string, number>();
  for (const { receipt, pace } of rows) {
    if (pace === null) continue;
    most.set(receipt, Math.max(most.get(receipt) ?? 0, pace.before, pace.meanwhile));
  }
  return [...most.values()].sort((left, right) => right - left)[WITNESSES - 1] ?? null;
}

/** Speeds of which no start is believed. */
function doubtedBy({ fit }: Predictor, rows: readonly Row[]): ReadonlySet<string> {
  const doubted = new Set(rows.map(({ speed }) => speed));
  for (const [index, { speed }] of rows.entries()) if (fit.belief[index]! > 0) doubted.delete(speed);
  return doubted;
}

/** More teach nothing new and make every fit slower; what was measured long ago was measured on a machine as it was then. */
export const MOST_SPEEDS = 100;

function rowsOf({ observations, equal }: Pool): readonly Row[] {
  const newest =
    observations.length <= MOST_SPEEDS
      ? observations
      : [...observations]
          .sort((left, right) => (left.receipt < right.receipt ? 1 : -1))
          .slice(0, MOST_SPEEDS);
  return newest.flatMap(
    ({ receipt, depth, likeness, amounts, seconds: whole, rates, pace, starts }): Row[] => {
      const kind = kindOf(likeness, equal);
      const same = {
        receipt,
        speed: `${receipt} ${depth}`,
        model: likeness.model,
        kind,
        amounts,
        whole,
        rates,
      };
      if (starts.length === 0) return [{ ...same, seconds: whole, pace, share: 1 }];
      return starts.map((own) => ({ ...same, ...own, share: 1 / starts.length }));
    },
  );
}
