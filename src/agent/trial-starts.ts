import { mergeEnvelopes, mergeSpeeds } from '../core/receipt/merge-starts';
import { measureTrial } from './trial-measure';
import type { Measured, TrialQuestion } from './trial-question';

/** Measures as often as the runtime is to be started; the first that the watchdog ends is the last. */
export async function measureStarts(question: TrialQuestion): Promise<Measured> {
  const count = question.picked.kind === 'url' ? 1 : question.input.starts;
  const all: Measured[] = [];
  for (let start = 0; start < count; start++) {
    const measured = await measureTrial({ ...question, task: taskOf(question, start, count) });
    all.push(measured);
    if (measured.stoppedBy !== null) break;
  }
  return merged(all);
}

function taskOf({ task }: TrialQuestion, start: number, count: number): TrialQuestion['task'] {
  if (count === 1) return task;
  return {
    ...task,
    progress: ({ fraction, label, ...rest }) =>
      task.progress({
        ...rest,
        label: `${label} (start ${start + 1} of ${count})`,
        fraction: fraction === null ? null : (start + fraction) / count,
      }),
  };
}

function merged(all: readonly Measured[]): Measured {
  const last = all.at(-1)!;
  if (all.length === 1) return last;
  return {
    ...last,
    log: all.find(({ log }) => log !== null)?.log ?? null,
    speeds: mergeSpeeds(all.map(({ speeds }) => speeds)),
    starts: all.map(({ speeds }) => speeds),
    envelope: mergeEnvelopes(all.map(({ envelope }) => envelope)),
    otherGpuProcesses: [...new Set(all.flatMap(({ otherGpuProcesses }) => otherGpuProcesses))],
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
  };
}
