import type { Bytes } from '../../units';
import { codeOf, follow, FreeList, padded } from './free-list';
import type { Script } from './script';

/** Bytes of each backend's buffer after a script, done from its begin to its end; `sizeOf` gives the bytes of a tensor. */
export function allocate(script: Script, backends: number, sizeOf: (tensor: number) => Bytes): Bytes[] {
  const { events, tensors } = script;
  const lists = Array.from({ length: backends }, () => new FreeList());
  const codes = Int32Array.from(events, (event) =>
    codeOf(event >> 1, event & 1, script.backends[event >> 1]!),
  );
  const slots = Int32Array.from(events, (event) => event >> 1);
  const sizes = Float64Array.from(tensors, (tensor) => padded(sizeOf(tensor)));
  follow(lists, codes, slots, sizes, new Float64Array(tensors.length));
  return lists.map((list) => list.size);
}
