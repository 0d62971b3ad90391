import { type Division, type FitTask, replaced, stepBetween, tryDivision } from './fit-placement';
import type { FitLayers } from './fit-question';

/**
 * Step 3: devices are filled from the last to the first with whole layers, of a mixture with everything but the experts.
 * The output is the last device's first layer and always whole.
 */
export function fillDense(task: FitTask, mixture: boolean): Division {
  const { length } = task.targets;
  let division = tryDivision(
    task,
    task.targets.map(() => empty),
  );
  for (let device = length - 1; device >= 0; device--) {
    division = fillOne(task, division, device, mixture);
  }
  return division;
}

const empty: FitLayers = { layers: 0, partial: 0, fraction: 'no-experts', overflow: 'host' };

function fillOne(task: FitTask, start: Division, device: number, mixture: boolean): Division {
  const last = device === task.targets.length - 1;
  const behind = start.shares.slice(device + 1).reduce((sum, share) => sum + share.layers, 0);
  const all = task.layers + 1 - behind;
  if (all === 0) return start;
  const everything = replaced(start.shares, device, (share) => ({
    ...share,
    layers: all,
    partial: mixture ? (last ? all - 1 : all) : share.partial,
  }));
  let high = tryDivision(task, everything);
  const target = task.targets[device]!;
  if (high.memory[device]! <= target) return high;
  let low = start;
  let delta = all - low.shares[device]!.layers;
  while (delta > 1) {
    const step = stepBetween(delta, target, low.memory[device]!, high.memory[device]!);
    const tried = tryDivision(task, grown(low.shares, device, step, mixture, last));
    if (tried.memory[device]! <= target) low = tried;
    else high = tried;
    delta = high.shares[device]!.layers - low.shares[device]!.layers;
  }
  return low;
}

function grown(
  shares: readonly FitLayers[],
  device: number,
  step: number,
  mixture: boolean,
  last: boolean,
): readonly FitLayers[] {
  return replaced(shares, device, (share) => ({
    ...share,
    layers: share.layers + step,
    partial: mixture ? share.partial + (last && share.partial === 0 ? step - 1 : step) : share.partial,
  }));
}
