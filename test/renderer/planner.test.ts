import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/core/model/schema';
import { planRequestSchema, type Plan } from '../../src/core/plan/schema';
import type { Profile } from '../../src/core/profile/schema';
import type { PlannerAnswer, PlannerMessage } from '../../src/renderer/planner/messages';
import type { Sweep } from '../../src/core/sweep/schema';
import { createPlanner, type PlannerWorker, type Question } from '../../src/renderer/planner/planner';

const model = {} as Model;
const profile = {} as Profile;
const [first, second, third, fourth] = [1024, 2048, 4096, 8192].map((context) => ({
  model,
  profile,
  request: planRequestSchema.parse({ context }),
})) as [Question, Question, Question, Question];

describe('the planner beside the window', () => {
  it('is told its case once, then asked', () => {
    const worker = new SlowWorker();
    const planner = createPlanner(worker, () => undefined);
    planner.plan(first);
    worker.answer();
    planner.plan(second);
    expect(worker.told.map(({ kind }) => kind)).toEqual(['case', 'plan', 'plan']);
    worker.answer();
    planner.plan({ ...third, model: {} as Model });
    expect(worker.told.map(({ kind }) => kind).slice(3)).toEqual(['case', 'plan']);
  });

  it('answers the last of the questions that came while it worked', () => {
    const worker = new SlowWorker();
    const heard: Question[] = [];
    const planner = createPlanner(worker, (_answer, question) => void heard.push(question));
    for (const question of [first, second, third, fourth]) planner.plan(question);
    worker.answer();
    worker.answer();
    expect(heard).toEqual([first, fourth]);
    expect(worker.contexts()).toEqual([1024, 8192]);
  });

  it('sweeps anew without waiting for the sweep under way', () => {
    const worker = new SlowWorker();
    const planner = createPlanner(worker, () => undefined);
    planner.sweep(first);
    planner.sweep(second);
    expect(worker.told.map(({ kind }) => kind)).toEqual(['case', 'sweep', 'sweep']);
  });

  it('leaves out a sweep that was done when the next one was asked for', () => {
    const worker = new SlowWorker();
    const heard: Question[] = [];
    const planner = createPlanner(worker, (_answer, question) => void heard.push(question));
    planner.sweep(first);
    planner.sweep(second);
    worker.answerSweep(0);
    expect(heard).toEqual([]);
    worker.answerSweep(1);
    expect(heard).toEqual([second]);
  });

  it('says so where its worker breaks', () => {
    const worker = new SlowWorker();
    const heard: PlannerAnswer[] = [];
    createPlanner(worker, (answer) => void heard.push(answer)).plan(first);
    worker.fail();
    expect(heard).toMatchObject([{ kind: 'failed', failure: { code: 'planner' } }]);
  });
});

const emptySweep: Sweep = {
  kind: 'context',
  model: { name: 'm', locator: 'm', quant: null },
  chosen: null,
  points: [],
  note: null,
};

/** A worker that answers when the test says so. */
class SlowWorker implements PlannerWorker {
  readonly told: PlannerMessage[] = [];
  #hear: ((answer: PlannerAnswer) => void) | null = null;
  fail: () => void = () => undefined;

  tell(message: PlannerMessage): void {
    this.told.push(message);
  }

  listen(hear: (answer: PlannerAnswer) => void, fail: () => void): void {
    this.#hear = hear;
    this.fail = fail;
  }

  end(): void {
    this.told.length = 0;
  }

  answer(): void {
    this.#hear?.({ kind: 'planned', plan: {} as Plan });
  }

  /** Answers the sweep of that position among those asked for. */
  answerSweep(position: number): void {
    const asked = this.told.filter((message) => message.kind === 'sweep')[position]!;
    this.#hear?.({ kind: 'swept', sweep: emptySweep, turn: asked.turn });
  }

  contexts(): (number | null)[] {
    return this.told.flatMap((message) => (message.kind === 'plan' ? [message.request.context] : []));
  }
}
