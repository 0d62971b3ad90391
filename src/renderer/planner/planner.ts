import type { Calibration } from '../../core/calibration/schema';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { SweepKind } from '../../core/sweep/schema';
import type { ExactLine, PlannerAnswer, PlannerMessage } from './messages';

/** The two ends of a worker. */
export interface PlannerWorker {
  tell(message: PlannerMessage): void;
  /** Calls `hear` with every answer, and `fail` where the worker itself breaks. */
  listen(hear: (answer: PlannerAnswer) => void, fail: () => void): void;
  end(): void;
}

/** What is planned: identical records mean the same question. */
export interface Question {
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  /** What receipts of this machine taught; null while that is not known. */
  readonly calibration: Calibration | null;
  /** Judged in place of a plan where it is given. */
  readonly exact?: ExactLine | null;
  /** Whether what `--fit` would choose is to stand beside the plan. */
  readonly beside?: boolean;
  /** What a sweep goes over; the context where it is not given. */
  readonly over?: SweepKind;
}

export interface Planner {
  /** Plans; of questions that come while one is worked on, only the last is answered. */
  readonly plan: (question: Question) => void;
  /** Sweeps one choice; replaces a sweep under way. */
  readonly sweep: (question: Question) => void;
  readonly close: () => void;
}

/** A worker of this program's own planner. */
export function startPlannerWorker(): PlannerWorker {
  const worker = new Worker(new URL('planner-worker.ts', import.meta.url), { type: 'module' });
  return {
    tell: (message) => worker.postMessage(message, []),
    listen: (hear, fail) => {
      worker.addEventListener('message', ({ data }: MessageEvent<PlannerAnswer>) => hear(data));
      worker.addEventListener('error', fail);
    },
    end: () => worker.terminate(),
  };
}

/** A planner that answers to `hear`, with the question that the answer is to. */
export function createPlanner(
  worker: PlannerWorker,
  hear: (answer: PlannerAnswer, question: Question) => void,
): Planner {
  let told: Question | null = null;
  let asked: Question | null = null;
  let waiting: Question | null = null;
  let sweeps = 0;

  /** A model is large: it travels once, not with every request. */
  const tell = (message: PlannerMessage, question: Question) => {
    const { model, profile, calibration } = question;
    const same = told?.model === model && told.profile === profile && told.calibration === calibration;
    if (!same) worker.tell({ kind: 'case', model, profile, calibration });
    told = question;
    worker.tell(message);
  };
  const plan = (question: Question) => {
    if (asked !== null) {
      waiting = question;
      return;
    }
    asked = question;
    tell(
      {
        kind: 'plan',
        request: question.request,
        exact: question.exact ?? null,
        beside: question.beside ?? false,
      },
      question,
    );
  };
  const sweep = (question: Question) => {
    sweeps += 1;
    const { request, over = 'context' } = question;
    tell({ kind: 'sweep', request, over, turn: sweeps }, question);
  };
  const answered = (answer: PlannerAnswer) => {
    // Was on its way when the next sweep was asked for: the question in hand is not its own.
    if (answer.kind === 'swept' && answer.turn !== sweeps) return;
    const question = asked ?? told;
    const next = waiting;
    asked = null;
    waiting = null;
    if (question !== null) hear(answer, question);
    if (next !== null) plan(next);
  };
  worker.listen(answered, () => answered({ kind: 'failed', failure: broken }));
  return { plan, sweep, close: () => worker.end() };
}

const broken = {
  code: 'planner',
  message: 'The planner stopped.',
  remedy: 'Reload the window; please report it if it happens again.',
  details: null,
} as const;
