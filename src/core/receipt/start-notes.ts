import type { StartFault } from './schema';

/** How often a runtime was to be started, and beside what. */
export interface StartsWished {
  readonly asked: number;
  /** Each start in turn with those of something that it is compared with, all of them once more where one does not count. */
  readonly inTurns: boolean;
}

const faultWords: Readonly<Record<StartFault, string>> = {
  moved: 'memory changed meanwhile',
  unsteady: 'repetitions lay apart',
  busy: 'other programs ran',
};

/** Which starts do not count and why, and why more were made than were asked for; `faults` of every start, null where it counts. */
export function startNotes(
  faults: readonly (StartFault | null)[],
  { asked, inTurns }: StartsWished,
): readonly string[] {
  const known = faults.filter((fault) => fault !== null);
  const added = Math.max(0, faults.length - asked);
  const uncounted = known.length === 0 ? [] : [uncountedNote(known, faults.length)];
  if (added === 0) return uncounted;
  const were = `${added} ${added === 1 ? 'start was' : 'starts were'} added`;
  const why = inTurns
    ? ': too few turns were left in peace while memory gave as much to each of what is compared.'
    : known.length === 1
      ? ' for it.'
      : ' for them.';
  return [[...uncounted, `${were}${why}`].join(' ')];
}

function uncountedNote(faults: readonly StartFault[], starts: number): string {
  const why = [...new Set(faults)].map((fault) => faultWords[fault]).join('; ');
  if (faults.length === starts) return `None of ${starts} starts was left in peace (${why}).`;
  return `${faults.length} of ${starts} starts ${faults.length === 1 ? 'does' : 'do'} not count (${why}).`;
}
