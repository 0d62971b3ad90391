import type { Bytes } from '../../../units';
import { FreeList, inUnits, type Unit, unitsOf } from './free-list';
import type { Script } from './script';

/** Bytes of each backend's buffer after a script, done from its begin to its end; `sizeOf` gives the bytes of a tensor. */
export function allocate(script: Script, backends: number, sizeOf: (tensor: number) => Bytes): Bytes[] {
  return inUnits((unit) => allocateIn(unit, script, backends, sizeOf));
}

function allocateIn(
  unit: Unit,
  script: Script,
  backends: number,
  sizeOf: (tensor: number) => Bytes,
): readonly number[] {
  const lists = Array.from({ length: backends }, () => new FreeList());
  const sizes = Float64Array.from(script.tensors, (tensor) => unitsOf(sizeOf(tensor), unit));
  const places = new Float64Array(sizes.length);
  for (const event of script.events) {
    const slot = event >> 1;
    const list = lists[script.backends[slot]!]!;
    if ((event & 1) === 0) places[slot] = list.take(sizes[slot]!);
    else list.give(places[slot]!, sizes[slot]!);
  }
  return lists.map((list) => list.size);
}
