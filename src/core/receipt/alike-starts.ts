import { faultOf, type RunFacts } from './judge-run';
import { gbpsMeanwhile } from './readings';

/** What tells whether starts can be compared. */
type Start = Pick<RunFacts, 'speeds' | 'readings' | 'envelope'>;

/** Readings of memory that nobody else uses lie within 15 % of each other; two starts so far apart are held against each other. */
const ALIKE = 0.2;

/**
 * Of several things that were started in turns, which starts can be compared: those without a fault, and of those where memory was read
 * those at the pace that most of each thing's starts share. Of one thing alone every start without a fault.
 */
export function alikeStarts(all: readonly (readonly Start[])[]): readonly (readonly number[])[] {
  const sound = all.map((starts) => [...starts.keys()].filter((index) => faultOf(starts[index]!) === null));
  if (all.length < 2) return sound;
  const paces = all.map((starts) => starts.map(({ readings }) => gbpsMeanwhile(readings, 'host')));
  const candidates = sound.flatMap((indexes, thing) =>
    indexes.flatMap((index) => paces[thing]![index] ?? []),
  );
  let best: readonly (readonly number[])[] | null = null;
  for (const candidate of candidates) {
    const near = sound.map((indexes, thing) =>
      indexes.filter((index) => isNear(paces[thing]![index] ?? null, candidate)),
    );
    if (best === null || leastOf(near) > leastOf(best)) best = near;
  }
  return best ?? sound;
}

/** Starts of whatever has the fewest. */
export function leastOf(starts: readonly (readonly number[])[]): number {
  return Math.min(...starts.map(({ length }) => length));
}

function isNear(pace: number | null, candidate: number): boolean {
  return pace !== null && Math.max(pace / candidate, candidate / pace) - 1 <= ALIKE;
}
