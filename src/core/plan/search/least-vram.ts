import type { DeviceBudget } from '../budgets';
import type { Question } from '../placement';
import { indexOf } from '../model-index';
import type { Layout } from './fill';
import { ordersOf } from './orders';
import type { PlacementKind } from './schema';
import { searchShape } from './search-shape';
import { type Scene, type Settled, weighLayout } from './settle';
import { askedShape } from './shape';
import type { MakeScene } from './variants';

/** One rung of a ladder of placements, each with more on the GPUs than the one before. */
interface Rung {
  readonly kind: PlacementKind;
  readonly layout: Layout;
}

/**
 * The placement with the fewest bytes on the GPUs that fits and reaches the floor: up the ladder of layers, then of experts, on each
 * single GPU; what needs several is searched as for speed. Null where none does.
 */
export function leastVram(question: Question, make: MakeScene): Settled | null {
  const scene = make(askedShape(question));
  if (scene === null) return null;
  let best = searchShape(scene);
  if (isOpen(question)) {
    for (const order of ordersOf(question.budgets.devices)) {
      const device = order.at(-1);
      if (device === undefined) continue;
      const found = lowestRung(scene, ladderOf(question, device));
      if (found !== null && (best === null || scene.ledger.isBetter(found.weighed, best.weighed)))
        best = found;
    }
  }
  return best;
}

/** What the user fixed leaves nothing to climb. */
function isOpen({ request }: Question): boolean {
  return (
    request.gpu_layers === null &&
    request.cpu_moe_layers === null &&
    request.tensor_split === null &&
    request.devices === null &&
    request.overrides.length === 0
  );
}

/** No GPU, then layer by layer with their experts on the host, then the experts of layer after layer. */
function ladderOf({ model }: Question, device: DeviceBudget): readonly Rung[] {
  const { layers, expertLayers } = indexOf(model);
  const moved = expertLayers > 0 ? layers : 0;
  const on = (kind: PlacementKind, start: number, kept: number): Rung => ({
    kind,
    layout: { devices: [device], starts: [start, layers + 1], moved: kept },
  });
  const byLayer = Array.from({ length: layers + 1 }, (_, count) =>
    on(
      count === layers && moved === 0
        ? 'all-on-gpus'
        : moved > 0
          ? 'layers-and-experts-on-host'
          : 'layers-on-host',
      layers - count,
      moved,
    ),
  );
  const byExperts = Array.from({ length: moved }, (_, count) =>
    on(count + 1 === moved ? 'all-on-gpus' : 'experts-on-host', 0, moved - count - 1),
  );
  const none: Rung = { kind: 'host-only', layout: { devices: [], starts: [layers + 1], moved: 0 } };
  return [none, ...byLayer, ...byExperts];
}

/** The lowest rung that fits and is fast enough: speed only grows on the way up, so a bisection finds it. */
function lowestRung(scene: Scene, ladder: readonly Rung[]): Settled | null {
  let low = 0;
  let high = ladder.length;
  let best: Settled | null = null;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { kind, layout } = ladder[middle]!;
    const weighed = weighLayout(scene, kind, layout);
    if (weighed.fits) {
      best = { layout, weighed };
      high = middle;
    } else if (isTooMuch(weighed.candidate.rows)) high = middle;
    else low = middle + 1;
  }
  return best;
}

/** Whether the GPU is over its budget, so that higher rungs are too. */
function isTooMuch(
  rows: readonly { device: string; total_bytes: number | null; budget_bytes: number | null }[],
): boolean {
  return rows.some(
    ({ device, total_bytes: total, budget_bytes: budget }) =>
      device !== 'host' && total !== null && budget !== null && total > budget,
  );
}
