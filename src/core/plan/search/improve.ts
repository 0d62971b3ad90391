import { settingsOf } from '../settings';
import { bytesByDevice, type Layout } from './fill';
import { keyOf, placingOf } from './shape';
import { addedBytes, roomOf, type Scene, type Settled, weighLayout } from './settle';

/** Steps that are weighed at most; each that helps opens others. */
const MOST_STEPS = 12;

/** Follows small steps from a placement that fits, as long as one serves the objective better and fits too. */
export function improve(scene: Scene, start: Settled): Settled {
  const { shape, ledger } = scene;
  const tried = new Set([keyOf(start.layout, shape)]);
  let best = start;
  let steps = hopefulSteps(scene, best, tried);
  for (let weighed = 0; weighed < MOST_STEPS && steps.length > 0; weighed++) {
    const [next, ...others] = steps;
    tried.add(keyOf(next!, shape));
    const found = weighLayout(scene, best.weighed.kind, next!);
    if (ledger.isBetter(found, best.weighed)) {
      best = { layout: next!, weighed: found };
      steps = hopefulSteps(scene, best, tried);
    } else steps = others;
  }
  return best;
}

/** Steps that may fit and could be better, the most promising first. */
function hopefulSteps(scene: Scene, best: Settled, tried: ReadonlySet<string>): readonly Layout[] {
  const { question, shape, valuer } = scene;
  const added = new Map(addedBytes(scene, best.layout, best.weighed));
  const hopeOf = (layout: Layout): number =>
    valuer.worth(settingsOf(question.model, question.request, placingOf(question, shape, layout)), null);
  return stepsFrom(best.layout, scene)
    .filter((layout) => mayFit(scene, layout, added) && !tried.has(keyOf(layout, shape)))
    .map((layout) => ({ layout, hope: hopeOf(layout) }))
    .filter(({ hope }) => hope > best.weighed.worth)
    .sort((left, right) => right.hope - left.hope)
    .map(({ layout }) => layout);
}

/** Buffers may shrink by a step; how much of one a device may lack for it still to be weighed. */
const SLACK = 64 * 2 ** 20;

function mayFit(scene: Scene, layout: Layout, added: ReadonlyMap<string, number>): boolean {
  const room = roomOf(scene, layout.devices, added);
  return bytesByDevice(scene.sums, layout).every((bytes, position) => bytes <= room[position]! + SLACK);
}

/** One layer across a border, or none; with it one layer or one block's experts more or fewer on the host, or none. */
function stepsFrom(layout: Layout, { question, sums }: Scene): readonly Layout[] {
  const { request } = question;
  const { length } = layout.devices;
  const free = request.tensor_split === null && length > 0;
  const borders = free ? Array.from({ length: length - 1 }, (_, border) => border + 1) : [];
  const across = borders.flatMap((border) => [shifted(layout, border, -1), shifted(layout, border, 1)]);
  const experts = request.cpu_moe_layers === null && sums.mixtures.at(-1)! > 0;
  const layers = request.gpu_layers === null && free;
  return [layout]
    .concat(across)
    .flatMap((each) =>
      [each]
        .concat(experts ? [moved(each, -1), moved(each, 1)] : [])
        .concat(layers ? [shifted(each, 0, -1), shifted(each, 0, 1)] : []),
    )
    .filter((each) => isLayout(each, sums.blocks));
}

function isLayout({ starts, moved: count }: Layout, blocks: number): boolean {
  const rising = starts.every((start, position) => position === 0 || start > starts[position - 1]!);
  return rising && starts[0]! >= 0 && count >= 0 && count <= blocks;
}

function moved(layout: Layout, by: number): Layout {
  return { ...layout, moved: layout.moved + by };
}

function shifted(layout: Layout, at: number, by: number): Layout {
  const starts = [...layout.starts];
  starts[at]! += by;
  return { ...layout, starts };
}
