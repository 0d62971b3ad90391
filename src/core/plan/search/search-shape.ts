import type { Bytes } from '../../units';
import { weigh } from '../placement';
import { type Placing, settingsOf } from '../settings';
import { type Family, familiesOf } from './families';
import type { Layout } from './fill';
import { improve } from './improve';
import { keyOf, placingOf } from './shape';
import { roomOf, type Scene, settle, type Settled } from './settle';

/** A family with the most that it could come to, were there no compute buffers. */
interface Prospect {
  readonly family: Family;
  readonly layout: Layout;
  readonly placing: Placing;
  readonly hope: number;
  /** What its layout is told apart by. */
  readonly key: string;
}

/** Families that are followed to the end once something fits: the most promising; the rest differ in the order of devices. */
const MOST_SETTLED = 8;
/** Orders of one kind that are followed although none before them fitted: where so many do not, the host is too small for all. */
const MOST_FAILED = 5;

/**
 * The best placement of one shape; null where none fits. Every family is bounded first, without compute buffers; those that could
 * not beat what is found are never weighed.
 */
export function searchShape(scene: Scene, atLeast = 0): Settled | null {
  let best: Settled | null = null;
  let settled = 0;
  const beyond: { prospect: Prospect; short: Bytes }[] = [];
  const failed = new Map<string, number>();
  const fitted = new Set<string>();
  for (const prospect of prospectsOf(scene)) {
    const bar = Math.max(atLeast, best?.weighed.worth ?? 0);
    if (best !== null && (prospect.hope <= bar || settled >= MOST_SETTLED)) continue;
    if (best === null && prospect.hope <= atLeast) continue;
    // two kinds that begin alike part only where buffers leave less room
    if (fitted.has(prospect.key)) continue;
    const { kind } = prospect.family;
    const failures = failed.get(kind) ?? 0;
    if (failures >= MOST_FAILED) continue;
    const short = leastShort(scene, prospect);
    if (short > 0) beyond.push({ prospect, short });
    const found = short > 0 ? null : settle(scene, prospect.family);
    if (found === null) {
      if (short === 0) failed.set(kind, failures + 1);
      continue;
    }
    settled++;
    fitted.add(prospect.key);
    if (best === null || scene.ledger.isBetter(found.weighed, best.weighed)) best = found;
  }
  if (best !== null) return improve(scene, best);
  if (scene.ledger.best()?.fits !== true) followNearest(scene, beyond);
  return null;
}

/**
 * Bytes over the host's budget for certain: what lies there without compute buffers and with as much on the devices as their room
 * could hold. 0 where weights may be read from the disk,
 * or where either is unknown.
 */
function leastShort({ question }: Scene, { placing }: Prospect): Bytes {
  if (question.request.allow_paging) return 0;
  const { total_bytes: total, budget_bytes: budget } = weigh(question, placing, 'none').rows.at(-1)!;
  return total === null || budget === null ? 0 : Math.max(0, total - budget);
}

/** Where nothing fits, the one of each kind that is the least short is followed all the same, to show what comes nearest. */
function followNearest(scene: Scene, beyond: readonly { prospect: Prospect; short: Bytes }[]): void {
  const followed = new Set<string>();
  for (const { prospect } of [...beyond].sort((left, right) => left.short - right.short)) {
    if (followed.has(prospect.family.kind)) continue;
    followed.add(prospect.family.kind);
    settle(scene, prospect.family);
  }
}

/** The most promising first; of equals the first. */
function prospectsOf(scene: Scene): readonly Prospect[] {
  const { question, shape, sums, ledger, valuer } = scene;
  const seen = new Set<string>();
  const prospects: Prospect[] = [];
  for (const family of familiesOf(question, sums)) {
    const layout = family.place(roomOf(scene, family.devices, new Map()));
    if (layout === null) {
      ledger.bound(family.kind, null);
      continue;
    }
    const key = keyOf(layout, shape);
    const own = `${family.kind} ${key}`;
    if (seen.has(own)) continue;
    seen.add(own);
    const placing = placingOf(question, shape, layout);
    const settings = settingsOf(question.model, question.request, placing);
    ledger.bound(family.kind, valuer.rate(settings, 0, null));
    prospects.push({ family, layout, placing, hope: valuer.worth(settings, null), key });
  }
  return prospects.sort((left, right) => right.hope - left.hope);
}
