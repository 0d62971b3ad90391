import { alikeStarts, leastOf } from '../../core/receipt/alike-starts';
import { mergeEnvelopes, mergeSpeeds } from '../../core/receipt/merge-starts';
import { countedStarts, faultOf } from '../../core/receipt/judge-run';
import { type StartsWished, startNotes } from '../../core/receipt/start-notes';
import { measureTrial } from './measure';
import type { Measured, TrialQuestion } from './question';

/** Starts that are added for those that do not count; never more than were asked for. */
const MOST_ADDED = 3;
/** Of the progress, where starts may be added, what those asked for take. */
const ASKED_SHARE = 0.9;

/**
 * Measures as often as the runtime is to be started, and again for starts that were disturbed; the first that the watchdog ends is the
 * last.
 */
export async function measureStarts(question: TrialQuestion): Promise<Measured> {
  const [all] = await measureInTurns([question]);
  return merged(all!, { asked: question.input.starts, inTurns: false });
}

/**
 * Every question once, then every question again, and so on: what the machine does meanwhile meets all of them. A turn in which it did
 * not stand still is taken once more, a few times. Answers the starts of each; the first that the watchdog ends is the last.
 */
export async function measureInTurns(
  questions: readonly TrialQuestion[],
): Promise<readonly (readonly Measured[])[]> {
  const all: Measured[][] = questions.map(() => []);
  const turns = turnsOf(questions);
  for (let turn = 0; turn < turns.most; turn++) {
    if (turn >= turns.asked && !isWorthAdding(all, turns.asked)) break;
    for (const [index, question] of questions.entries()) {
      const place = { step: turn * questions.length + index, of: questions.length, turns };
      const measured = await measureTrial({ ...question, task: taskOf(question, place) }, turn);
      all[index]!.push(measured);
      if (measured.stoppedBy !== null) return all;
    }
  }
  return all;
}

/** Memory stands still again in seconds; other programs that ran during the last start run on. */
function isWorthAdding(all: readonly (readonly Measured[])[], asked: number): boolean {
  const last = all.map((starts) => faultOf(starts.at(-1)!));
  return leastOf(alikeStarts(all)) < asked && !last.includes('busy');
}

interface Turns {
  readonly asked: number;
  /** With those that may be added. */
  readonly most: number;
}

/** A server that runs already is not started, so nothing is started again. */
function turnsOf(questions: readonly TrialQuestion[]): Turns {
  if (questions.some(({ picked }) => picked.kind === 'url')) return { asked: 1, most: 1 };
  const asked = Math.max(...questions.map(({ input }) => input.starts));
  return { asked, most: asked + Math.min(asked, MOST_ADDED) };
}

interface Place {
  readonly step: number;
  /** Steps of one turn. */
  readonly of: number;
  readonly turns: Turns;
}

function taskOf({ task }: TrialQuestion, place: Place): TrialQuestion['task'] {
  const { step, of, turns } = place;
  const asked = turns.asked * of;
  const name = step < asked ? `start ${step + 1} of ${asked}` : `start ${step + 1}, added`;
  return {
    ...task,
    progress: ({ fraction, label, ...rest }) =>
      task.progress({
        ...rest,
        label: asked === 1 && step === 0 ? label : `${label} (${name})`,
        fraction: fraction === null ? null : fractionAt(step + fraction, place),
      }),
  };
}

/** Those asked for take most of it, so that it never goes back where some are added. */
function fractionAt(done: number, { of, turns }: Place): number {
  const [asked, most] = [turns.asked * of, turns.most * of];
  if (most === asked) return done / asked;
  if (done <= asked) return (ASKED_SHARE * done) / asked;
  return ASKED_SHARE + ((1 - ASKED_SHARE) * (done - asked)) / (most - asked);
}

/** Starts of one question as one. */
export function merged(all: readonly Measured[], wish: StartsWished): Measured {
  const last = all.at(-1)!;
  if (all.length === 1) return last;
  const judged = all.map((each) => ({ each, fault: faultOf(each) }));
  const counted = countedStarts(judged).map(({ each }) => each);
  return {
    ...last,
    log: all.find(({ log }) => log !== null)?.log ?? null,
    speeds: mergeSpeeds(counted.map(({ speeds }) => speeds)),
    starts: judged.map(({ each, fault }, start) => ({ start, fault, speeds: each.speeds })),
    readings: all.flatMap((each) => each.readings),
    envelope: envelopeOf(all, counted),
    otherGpuProcesses: [...new Set(all.flatMap(({ otherGpuProcesses }) => otherGpuProcesses))],
    notes: [
      ...startNotes(
        judged.map(({ fault }) => fault),
        wish,
      ),
      ...new Set(all.flatMap((each) => each.notes)),
    ],
  };
}

/** The most and least of all of them; what others took, of those that count. */
function envelopeOf(all: readonly Measured[], counted: readonly Measured[]): Measured['envelope'] {
  const whole = mergeEnvelopes(all.map(({ envelope }) => envelope));
  const own = mergeEnvelopes(counted.map(({ envelope }) => envelope));
  return whole === null ? null : { ...whole, other_cpu_share: own?.other_cpu_share ?? null };
}
