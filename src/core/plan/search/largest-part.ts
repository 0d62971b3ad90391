import type { Bytes } from '../../units';
import type { Layout } from './fill';
import { type ExpertMatrix, expertMatrices, type HostExperts, namesOnHost } from './host-experts';
import type { Question } from '../placement';
import { runtimeName } from '../runtime-names';

/** The host's experts with one part of a block brought to a device. */
interface Brought {
  readonly host: HostExperts;
  readonly device: number;
}

/**
 * The most bytes of one block that a device still has room for; of equals a block that lies there, then the last one, so that
 * `-ncmoe` names as many as it can. A device that llama.cpp has no name for is given none of another's. Null where no device has room for any.
 */
export function largestPart(
  { model }: Question,
  { devices, starts }: Layout,
  host: HostExperts,
  room: readonly Bytes[],
): Brought | null {
  const matrices = expertMatrices(model);
  const seen = new Set<string>();
  let most = 0;
  let chosen: Brought | null = null;
  const last = (starts.at(-1) ?? 0) - 1;
  for (let device = devices.length - 1; device >= 0; device--) {
    const named = runtimeName(devices[device]!) !== null;
    for (const block of blocksFrom(starts[device]!, starts[device + 1]!, last)) {
      const isOwn = block >= starts[device]! && block < starts[device + 1]!;
      if (!isOwn && !named) break;
      const names = namesOnHost(host, block);
      const kept = matrices[block]?.filter(({ name }) => names.has(name)) ?? [];
      // blocks that are alike have the same parts
      const alike = `${device} ${kept.map(({ bytes }) => bytes).join()}`;
      if (kept.length === 0 || seen.has(alike)) continue;
      seen.add(alike);
      for (const part of subsetsOf(kept)) {
        const bytes = part.reduce((sum, matrix) => sum + matrix.bytes, 0);
        if (bytes > room[device]! || bytes <= most) continue;
        most = bytes;
        chosen = { device, host: brought(host, block, part, isOwn ? null : device) };
      }
    }
  }
  return chosen;
}

/** A device's own blocks from its last to its first, then all others likewise. */
function blocksFrom(start: number, end: number, last: number): readonly number[] {
  const all = Array.from({ length: last + 1 }, (_, at) => last - at);
  const own = (block: number): boolean => block >= start && block < end;
  return [...all.filter(own), ...all.filter((block) => !own(block))];
}

/** A part beside its layer (null), or on another device. */
function brought(
  host: HostExperts,
  block: number,
  part: readonly ExpertMatrix[],
  device: number | null,
): HostExperts {
  const homes = new Map(host.get(block));
  for (const { name } of part) {
    if (device === null) homes.delete(name);
    else homes.set(name, device);
  }
  return new Map([...host, [block, homes]]);
}

/** Every choice of one or more, all of them first; a block has three or four matrices. */
function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = 2 ** Math.min(items.length, 4);
  return Array.from({ length: count - 1 }, (_, index) =>
    items.filter((_each, at) => ((count - 1 - index) >> at) & 1),
  );
}
