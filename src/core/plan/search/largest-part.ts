import type { Bytes } from '../../units';
import type { Layout } from './fill';
import { type ExpertMatrix, expertMatrices, type HostExperts } from './host-experts';
import type { Question } from '../placement';
import { runtimeName } from '../runtime-names';

/** The host's experts with one part of a block brought to a device. */
interface Brought {
  readonly host: HostExperts;
  readonly device: number;
}

/** One or more of a block's matrices that stay on the host. */
interface Part {
  readonly matrices: readonly ExpertMatrix[];
  readonly bytes: Bytes;
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
  const falling = [...host.keys()].reverse().filter((block) => block < starts.at(-1)!);
  let most = 0;
  let chosen: { device: number; block: number; part: Part; isOwn: boolean } | null = null;
  for (let device = devices.length - 1; device >= 0; device--) {
    if (room[device]! <= most) continue;
    const seen = new Set<string>();
    const isOwn = (block: number): boolean => block >= starts[device]! && block < starts[device + 1]!;
    const others = runtimeName(devices[device]!) === null ? [] : falling.filter((block) => !isOwn(block));
    for (const block of [...falling.filter(isOwn), ...others]) {
      const { alike, parts } = keptOf(matrices[block]!, host.get(block)!);
      // blocks that are alike have the same parts
      if (seen.has(alike)) continue;
      seen.add(alike);
      const part = parts.find(({ bytes }) => bytes <= room[device]!);
      if (part === undefined || part.bytes <= most) continue;
      most = part.bytes;
      chosen = { device, block, part, isOwn: isOwn(block) };
    }
  }
  if (chosen === null) return null;
  const { device, block, part, isOwn } = chosen;
  return { device, host: brought(host, block, part.matrices, isOwn ? null : device) };
}

/** What of a block stays on the host. */
interface Kept {
  /** Equal for blocks with the same parts. */
  readonly alike: string;
  /** Every choice of one or more of its matrices, the largest first. */
  readonly parts: readonly Part[];
}

const known = new WeakMap<ReadonlyMap<string, unknown>, Kept>();

function keptOf(matrices: readonly ExpertMatrix[], homes: ReadonlyMap<string, unknown>): Kept {
  const before = known.get(homes);
  if (before !== undefined) return before;
  const kept = matrices.filter(({ name }) => homes.get(name) === 'host');
  const parts = subsetsOf(kept).map((part) => ({
    matrices: part,
    bytes: part.reduce((sum, matrix) => sum + matrix.bytes, 0),
  }));
  parts.sort((left, right) => right.bytes - left.bytes);
  const made = { alike: kept.map(({ bytes }) => bytes).join(), parts };
  known.set(homes, made);
  return made;
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
  return new Map(host).set(block, homes);
}

/** Every choice of one or more, all of them first; a block has three or four matrices. */
function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = 2 ** Math.min(items.length, 4);
  return Array.from({ length: count - 1 }, (_, index) =>
    items.filter((_each, at) => ((count - 1 - index) >> at) & 1),
  );
}
