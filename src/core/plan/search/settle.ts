import type { Bytes } from '../../units';
import type { DeviceBudget } from '../budgets';
import type { Question } from '../placement';
import type { Family } from './families';
import { bytesByDevice, type Layout, type Room } from './fill';
import type { LayerSums } from './layer-sums';
import type { Ledger, Weighed } from './ledger';
import { deviceShortage, keyOf, placingOf, type Shape } from './shape';
import type { Valuer } from './value';

/** One search: what its placements have in common, and what was learnt on the way. */
export interface Scene {
  readonly question: Question;
  readonly shape: Shape;
  readonly sums: LayerSums;
  readonly valuer: Valuer;
  readonly ledger: Ledger;
}

/** A placement that fits, with the layout that it came from. */
export interface Settled {
  readonly layout: Layout;
  readonly weighed: Weighed;
}

/** Compute buffers jump and shrink unevenly; after so many rounds what is found has to do. */
const MOST_ROUNDS = 8;
const MOST_RELAXED = 3;

/**
 * The best placement of a family that fits: filled as if buffers took nothing, weighed, filled again with the room that the
 * buffers leave, until it fits; then once more with what the buffers really take. Null where none fits.
 */
export function settle(scene: Scene, family: Family): Settled | null {
  const added = new Map(family.devices.map((device) => [device.name, device.overhead]));
  let found: Settled | null = null;
  for (let round = 0; round < MOST_ROUNDS && found === null; round++) {
    const layout = family.place(roomOf(scene, family.devices, added));
    if (layout === null) return null;
    const weighed = weighLayout(scene, family.kind, layout);
    if (weighed.fits) found = { layout, weighed };
    else if (!learn(scene, layout, weighed, added)) return null;
  }
  return found === null ? null : relax(scene, family, found);
}

/** Buffers of the placement that fits may be smaller than those of one that did not: then there is more room. */
function relax(scene: Scene, family: Family, found: Settled): Settled {
  let best = found;
  for (let round = 0; round < MOST_RELAXED; round++) {
    const added = new Map(family.devices.map((device) => [device.name, device.overhead]));
    for (const [name, bytes] of addedBytes(scene, best.layout, best.weighed)) added.set(name, bytes);
    const layout = family.place(roomOf(scene, family.devices, added));
    if (layout === null || keyOf(layout, scene.shape) === keyOf(best.layout, scene.shape)) break;
    const weighed = weighLayout(scene, family.kind, layout);
    if (!scene.ledger.isBetter(weighed, best.weighed)) break;
    best = { layout, weighed };
  }
  return best;
}

export function weighLayout(scene: Scene, kind: Family['kind'], layout: Layout): Weighed {
  const { question, shape, ledger, valuer } = scene;
  return ledger.weigh(kind, keyOf(layout, shape), placingOf(question, shape, layout), valuer);
}

/** Room for layers: the budget less what a device was seen to need beside them; of shared memory what the host's budget is. */
export function roomOf(
  { question }: Pick<Scene, 'question'>,
  devices: readonly DeviceBudget[],
  added: ReadonlyMap<string, Bytes>,
): Room {
  return devices.map((device) => {
    const budget = device.unified
      ? Math.min(question.budgets.host.bytes ?? 0, device.absolute ? (device.bytes ?? 0) : Infinity)
      : (device.bytes ?? 0);
    return budget - (added.get(device.name) ?? device.overhead);
  });
}

/** Notes what short devices need beside their layers; false where that changes nothing, or where the host alone is short. */
function learn(scene: Scene, layout: Layout, weighed: Weighed, added: Map<string, Bytes>): boolean {
  if (deviceShortage(weighed.candidate) === 0) return false;
  const { rows } = weighed.candidate;
  let learnt = false;
  for (const [position, [name, bytes]] of addedBytes(scene, layout, weighed).entries()) {
    const row = rows[position]!;
    if (row.total_bytes === null || row.budget_bytes === null) continue;
    const short = row.total_bytes - row.budget_bytes;
    if (short <= 0) continue;
    const known = added.get(name)!;
    added.set(name, bytes > known ? bytes : known + short);
    learnt = true;
  }
  return learnt;
}

/** What each device takes beside its layers: compute buffers, the driver's context, companions. Rows are in the layout's order. */
export function addedBytes(
  { sums }: Pick<Scene, 'sums'>,
  layout: Layout,
  { candidate }: Weighed,
): readonly (readonly [string, Bytes])[] {
  const bytes = bytesByDevice(sums, layout);
  return layout.devices.map(
    ({ name }, position) => [name, (candidate.rows[position]!.total_bytes ?? 0) - bytes[position]!] as const,
  );
}
