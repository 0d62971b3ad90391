import type { Task } from '../contract/dispatcher';
import type { ProbeContext } from '../host/probe/context';

/** How the whole of a measurement is divided: weights are about seconds. */
export interface Share {
  readonly done: number;
  readonly weight: number;
  readonly whole: number;
}

/**
 * Turns each probe's own progress into that of the whole, which never goes back: a step that cannot tell how far it is
 * stands where it began.
 */
export class MeasureProgress {
  readonly #task: Task;
  readonly #now: () => string;
  #furthest = 0;

  constructor(task: Task, now: () => string) {
    this.#task = task;
    this.#now = now;
  }

  contextFor(share: Share): ProbeContext {
    return {
      now: this.#now,
      signal: this.#task.signal,
      progress: (step, label, fraction) => this.#tell(step, label, share, fraction ?? 0),
    };
  }

  #tell(step: string, label: string, { done, weight, whole }: Share, fraction: number): void {
    const inside = Math.min(1, Math.max(0, fraction));
    this.#furthest = Math.min(1, Math.max(this.#furthest, (done + weight * inside) / whole));
    this.#task.progress({ step, label, fraction: this.#furthest });
  }
}
