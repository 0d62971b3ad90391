import { settingsOf } from '../settings';
import { type Family, familiesOf } from './families';
import type { Layout } from './fill';
import { improve } from './improve';
import { keyOf, placingOf } from './shape';
import { roomOf, type Scene, settle, type Settled } from './settle';

/** A family with the most that it could come to, were there no compute buffers. */
interface Prospect {
  readonly family: Family;
  readonly layout: Layout;
  readonly hope: number;
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
  const failed = new Map<string, number>();
  for (const prospect of prospectsOf(scene)) {
    const bar = Math.max(atLeast, best?.weighed.worth ?? 0);
    if (best !== null && (prospect.hope <= bar || settled >= MOST_SETTLED)) continue;
    if (best === null && prospect.hope <= atLeast) continue;
    const { kind } = prospect.family;
    const failures = failed.get(kind) ?? 0;
    if (failures >= MOST_FAILED) continue;
    const found = settle(scene, prospect.family);
    if (found === null) {
      failed.set(kind, failures + 1);
      continue;
    }
    settled++;
    if (best === null || scene.ledger.isBetter(found.weighed, best.weighed)) best = found;
  }
  return best === null ? null : improve(scene, best);
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
    if (seen.has(key)) continue;
    seen.add(key);
    const settings = settingsOf(question.model, question.request, placingOf(question, shape, layout));
    ledger.bound(family.kind, valuer.rate(settings, 0, null));
    prospects.push({ family, layout, hope: valuer.worth(settings, null) });
  }
  return prospects.sort((left, right) => right.hope - left.hope);
}
