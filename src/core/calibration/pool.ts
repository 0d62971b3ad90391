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
  /** Whether random weights were shown to be as fast as real ones here. */
  readonly equal: boolean;
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

/**
 * The receipts of this machine, runtime, split and devices with the same number of threads, else the nearest, and how near the
 * nearest three of them are; null where there are none.
 */
export function poolFor(observations: readonly Observation[], key: Likeness): Pool | null {
  const possible = observations.filter(({ likeness }) => isNeverCrossed(likeness, key));
  const equal = ballastIsLikeReal(possible);
  const near = nearestThreads(possible, key);
  if (near.observations.length === 0) return null;
  if (near.threads !== null) {
    const widening = Object.values(WIDENING).reduce((product, each) => product * each, 1);
    return { step: 'threads', widening, equal, ...near };
  }
  return { ...stepOf(near.observations, key, equal), equal, ...near };
}

/** The first step at which there are enough receipts, or the one that adds the last. */
function stepOf(
  observations: readonly Observation[],
  key: Likeness,
  equal: boolean,
): Pick<Pool, 'step' | 'widening'> {
  let [widening, before] = [1, 0];
  let best: Pick<Pool, 'step' | 'widening'> = { step: 'like', widening };
  for (const [index, step] of steps.entries()) {
    widening *= WIDENING[step];
    const allowed = new Set<Step>(steps.slice(0, index + 1));
    const count = receiptCount(observations.filter(({ likeness }) => agrees(likeness, key, allowed, equal)));
    if (count > before) best = { step, widening };
    if (count >= ENOUGH) break;
    before = count;
  }
  return best;
}

/** What runs of one kind share beside machine, threads and devices. */
export function kindOf(own: Likeness, equal: boolean): string {
  return JSON.stringify([equal ? null : own.weights, own.build, own.tool, own.flash_attention]);
}

/** The kind that is asked for: a plan names no build, so it is that of the newest receipt that agrees in the rest. */
export function kindWanted({ observations, equal }: Pool, key: Likeness): string {
  const like = observations.filter(({ likeness }) => agrees(likeness, key, new Set(), equal));
  const newest = [...like].sort((left, right) => (left.receipt < right.receipt ? 1 : -1))[0];
  return kindOf(newest?.likeness ?? key, equal);
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
