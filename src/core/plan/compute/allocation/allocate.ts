import type { Bytes } from '../../../units';
import { codeOf, follow, FreeList, GIVE, padded, TAKE } from './free-list';
import type { Script } from './script';

/** Bytes of each backend's buffer after a script, done from its begin to its end; `sizeOf` gives the bytes of a tensor. */
export function allocate(script: Script, backends: number, sizeOf: (tensor: number) => Bytes): Bytes[] {
  const { events, tensors } = script;
  const lists = Array.from({ length: backends }, () => new FreeList());
  const told = new Int32Array(2 * events.length);
  for (let index = 0; index < events.length; index++) {
    const slot = events[index]! >> 1;
    told[2 * index] = codeOf(slot, (events[index]! & 1) === 0 ? TAKE : GIVE, script.backends[slot]!);
    told[2 * index + 1] = slot;
  }
  const sizes = Float64Array.from(tensors, (tensor) => padded(sizeOf(tensor)));
  follow(lists, told, sizes, new Float64Array(tensors.length));
  return lists.map((list) => list.size);
}
