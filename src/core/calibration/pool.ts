import { ballastIsLikeReal } from './ballast-likeness';
import { steps, type Likeness, type Observation, type Step } from './schema';

/** Receipts to learn from for one question. */
export interface Pool {
  /** What had to be allowed to differ. */
  readonly step: Step;
  readonly observations: readonly Observation[];
  /** By how much the interval is wider than among like receipts. */
  readonly widening: number;
  /** Their threads; null where they are those asked for. */
  readonly threads: number | null;
}

/** Fewer receipts than this say little of their spread: the next step is taken too, but not the one to other threads. */
const ENOUGH = 3;

/**
 * How much wider an interval is for each thing that differs: a build or a tool of the same library changes decode by some
 * per cent, another attention kernel by more, and threads scale somewhere between not at all and in proportion.
 */
const WIDENING: Readonly<Record<Step, number>> = {
  like: 1,
  weights: 1.25,
  build: 1.25,
  tool: 1.25,
  attention: 1.5,
  threads: 1.5,
};

/** The nearest receipts; null where nothing was measured on this machine, runtime, split and devices. */
export function poolFor(observations: readonly Observation[], key: Likeness): Pool | null {
  const possible = observations.filter(({ likeness }) => isNeverCrossed(likeness, key));
  const equal = ballastIsLikeReal(possible);
  let best: Pool | null = null;
  let widening = 1;
  for (const [index, step] of steps.entries()) {
    widening *= WIDENING[step];
    if (step === 'threads' && best !== null) break;
    const allowed = new Set<Step>(steps.slice(0, index + 1));
    const found = nearestThreads(
      possible.filter(({ likeness }) => agrees(likeness, key, allowed, equal)),
      key,
    );
    if (found.observations.length === 0 || found.observations.length === best?.observations.length) continue;
    best = { step, widening, ...found };
    if (receiptCount(best.observations) >= ENOUGH) break;
  }
  return best;
}

function isNeverCrossed(own: Likeness, key: Likeness): boolean {
  return (
    own.machine === key.machine &&
    own.runtime === key.runtime &&
    own.split_mode === key.split_mode &&
    own.devices.length === key.devices.length &&
    own.devices.every((device, index) => device === key.devices[index])
  );
}

function agrees(own: Likeness, key: Likeness, allowed: ReadonlySet<Step>, equal: boolean): boolean {
  const fields = {
    weights: equal || own.weights === key.weights,
    build: key.build === null || own.build === key.build,
    tool: own.tool === key.tool,
    attention: own.flash_attention === key.flash_attention,
    threads: key.threads === null || own.threads === key.threads,
  };
  return Object.entries(fields).every(([step, same]) => same || allowed.has(step as Step));
}

/** Of receipts with other threads only those with the nearest number: a fit over several would mix them. */
function nearestThreads(
  found: readonly Observation[],
  key: Likeness,
): Pick<Pool, 'observations' | 'threads'> {
  const own = key.threads;
  if (own === null || found.some(({ likeness }) => likeness.threads === own)) {
    const same = own === null ? found : found.filter(({ likeness }) => likeness.threads === own);
    return { observations: same, threads: null };
  }
  const distance = ({ likeness: { threads } }: Observation): number =>
    threads === null ? Infinity : Math.abs(Math.log(threads / own));
  const nearest = Math.min(...found.map(distance));
  const observations = found.filter((each) => distance(each) === nearest);
  return { observations, threads: observations[0]?.likeness.threads ?? null };
}

function receiptCount(observations: readonly Observation[]): number {
  return new Set(observations.map(({ receipt }) => receipt)).size;
}
