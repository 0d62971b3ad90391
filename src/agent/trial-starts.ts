import { mergeEnvelopes, mergeSpeeds } from '../core/receipt/merge-starts';
import { movedStarts } from '../core/receipt/readings';
import { measureTrial } from './trial-measure';
import type { Measured, TrialQuestion } from './trial-question';

/** Measures as often as the runtime is to be started; the first that the watchdog ends is the last. */
export async function measureStarts(question: TrialQuestion): Promise<Measured> {
  const [all] = await measureInTurns([question]);
  return merged(all!);
}

/**
 * Every question once, then every question again, and so on: what the machine does meanwhile meets all of them. Answers the starts of
 * each; the first that the watchdog ends is the last.
 */
export async function measureInTurns(
  questions: readonly TrialQuestion[],
): Promise<readonly (readonly Measured[])[]> {
  const all: Measured[][] = questions.map(() => []);
  const starts = Math.max(...questions.map(startsOf));
  for (let start = 0; start < starts; start++) {
    for (const [index, question] of questions.entries()) {
      const turn = start * questions.length + index;
      const task = taskOf(question, turn, starts * questions.length);
      const measured = await measureTrial({ ...question, task }, start);
      all[index]!.push(measured);
      if (measured.stoppedBy !== null) return all;
    }
  }
  return all;
}

function startsOf({ picked, input }: TrialQuestion): number {
  return picked.kind === 'url' ? 1 : input.starts;
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

/** Starts of one question as one. */
export function merged(all: readonly Measured[]): Measured {
  const last = all.at(-1)!;
  if (all.length === 1) return last;
  const readings = all.flatMap((each) => each.readings);
  const moved = movedStarts(readings);
  const steady = all.filter((_, start) => !moved.has(start));
  const counted = steady.length > 0 ? steady : all;
  const left = all.length - counted.length;
  const notes = left === 0 ? [] : [`${left} of ${all.length} starts do not count: memory moved meanwhile.`];
  return {
    ...last,
    log: all.find(({ log }) => log !== null)?.log ?? null,
    speeds: mergeSpeeds(counted.map(({ speeds }) => speeds)),
    starts: counted.map(({ speeds }) => speeds),
    readings,
    envelope: mergeEnvelopes(all.map(({ envelope }) => envelope)),
    otherGpuProcesses: [...new Set(all.flatMap(({ otherGpuProcesses }) => otherGpuProcesses))],
    notes: [...notes, ...new Set(all.flatMap((each) => each.notes))],
  };
}
