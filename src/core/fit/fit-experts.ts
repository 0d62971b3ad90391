import { type Division, type FitTask, replaced, stepBetween, tryDivision } from './fit-placement';
import type { FitLayers, Fraction } from './fit-question';

/** A division, and the first device whose layers are not all whole; their number where there is none. */
interface Conversion {
  readonly division: Division;
  readonly denseStart: number;
}

/**
 * Step 4, of a mixture all of whose other weights fit: layers in the back become whole ones in the front, device by device,
 * and of one more layer as much as still fits.
 */
export function convertExperts(task: FitTask, division: Division): Division {
  let current: Conversion = { division, denseStart: firstDense(division.shares) };
  const count = task.targets.length;
  for (let device = 0; device <= current.denseStart && current.denseStart < count; device++) {
    current = withPartOfOneMore(task, convertOn(task, current, device), device);
  }
  return current.division;
}

/** The devices in the back that hold anything. */
function firstDense(shares: readonly FitLayers[]): number {
  let first = shares.length;
  while (first > 0 && shares[first - 1]!.layers > 0) first--;
  return first;
}

function convertOn(task: FitTask, start: Conversion, device: number): Conversion {
  const count = task.targets.length;
  const target = task.targets[device]!;
  const everything = movedTo(start, device, count);
  let high = tryDivision(task, everything);
  if (high.memory[device]! <= target) return { division: high, denseStart: count - 1 };
  let low = start;
  let delta = whole(high, device) - whole(low.division, device);
  while (delta > 1) {
    const step = stepBetween(delta, target, low.division.memory[device]!, high.memory[device]!);
    const { shares, denseStart } = converted(low, device, step);
    const tried = tryDivision(task, shares);
    if (tried.memory[device]! <= target) low = { division: tried, denseStart };
    else high = tried;
    delta = whole(high, device) - whole(low.division, device);
  }
  return low;
}

/** Layers of a device that are whole. */
function whole({ shares }: Division, device: number): number {
  return shares[device]!.layers - shares[device]!.partial;
}

/** Every layer from the first dense device on, whole and on this one; the output stays on the last. */
function movedTo({ division, denseStart }: Conversion, device: number, count: number): readonly FitLayers[] {
  const shares = [...division.shares];
  for (let from = denseStart; from < count; from++) {
    const moved = from < count - 1 ? shares[from]!.layers : shares[from]!.layers - 1;
    shares[device] = { ...shares[device]!, layers: shares[device]!.layers + moved };
    shares[from] = { ...shares[from]!, layers: shares[from]!.layers - moved, partial: 0 };
  }
  return shares;
}

/** So many layers made whole on this device, taken from the dense ones front to back. */
function converted(
  { division, denseStart }: Conversion,
  device: number,
  step: number,
): { readonly shares: readonly FitLayers[]; readonly denseStart: number } {
  const shares = [...division.shares];
  let from = denseStart;
  let done = 0;
  for (; from < shares.length; from++) {
    const taken = Math.min(step - done, shares[from]!.partial);
    shares[from] = {
      ...shares[from]!,
      layers: shares[from]!.layers - taken,
      partial: shares[from]!.partial - taken,
    };
    shares[device] = { ...shares[device]!, layers: shares[device]!.layers + taken };
    done += taken;
    if (shares[from]!.partial > 0) break;
  }
  return { shares, denseStart: from };
}

/** As much of the next layer as fits: with its up matrix, then with its gate too; else its attention alone. */
function withPartOfOneMore(task: FitTask, start: Conversion, device: number): Conversion {
  const last = device === task.targets.length - 1;
  const from = start.division.shares[start.denseStart];
  if (from === undefined || from.layers <= (last ? 1 : 0)) return start;
  const attempt = (fraction: Fraction, overflow: 'host' | number): Conversion | null => {
    const { shares, denseStart } = oneMore(start, device, fraction, overflow);
    const division = tryDivision(task, shares);
    return leavesRoom(task, division, device) ? { division, denseStart } : null;
  };
  const next = last ? 'host' : device + 1;
  const withUp = attempt('up', next);
  if (withUp === null) return attempt('attention', next) ?? start;
  return attempt('gate', next) ?? withUp;
}

function oneMore(
  { division, denseStart }: Conversion,
  device: number,
  fraction: Fraction,
  overflow: 'host' | number,
): { readonly shares: readonly FitLayers[]; readonly denseStart: number } {
  const taken = replaced(division.shares, denseStart, (share) => ({
    ...share,
    layers: share.layers - 1,
    partial: share.partial - 1,
  }));
  const shares = replaced(taken, device, (share) => ({
    ...share,
    layers: share.layers + 1,
    partial: share.partial + 1,
    fraction,
    overflow,
  }));
  return { shares, denseStart: taken[denseStart]!.partial === 0 ? denseStart + 1 : denseStart };
}

/** Here with some room left, unlike before; and on the next device, which takes the rest. */
function leavesRoom({ targets }: FitTask, { memory }: Division, device: number): boolean {
  const next = device + 1;
  return memory[device]! < targets[device]! && (next === targets.length || memory[next]! < targets[next]!);
}
