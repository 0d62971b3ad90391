import type { Bytes } from '../../units';
import { FreeList, padded } from './free-list';
import type { Script } from './script';

/** Bytes of each backend's buffer after a script, done from its begin to its end; `sizeOf` gives the bytes of a tensor. */
export function allocate(script: Script, backends: number, sizeOf: (tensor: number) => Bytes): Bytes[] {
  const buffers = Array.from({ length: backends }, () => new FreeList());
  const places = new Float64Array(script.tensors.length);
  for (const event of script.events) {
    const slot = event >> 1;
    const buffer = buffers[script.backends[slot]!]!;
    const bytes = padded(sizeOf(script.tensors[slot]!));
    if ((event & 1) === 0) places[slot] = buffer.take(bytes);
    else buffer.give(places[slot]!, bytes);
  }
  return buffers.map((buffer) => buffer.size);
}
