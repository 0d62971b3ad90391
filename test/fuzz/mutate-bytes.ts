import { extremes, type Random } from './random';

/** Bytes with a few of them changed, extreme numbers written into them, pieces moved, or the end cut off. */
export function mutateBytes(seed: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = seed.slice();
  for (let changes = random.below(6); changes >= 0; changes--) bytes = changeOnce(bytes, random);
  return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

function changeOnce(bytes: Uint8Array, random: Random): Uint8Array {
  // the beginning holds counts and lengths of everything else
  const at = random.chance(0.5) ? random.below(Math.min(bytes.length, 2048)) : random.below(bytes.length);
  switch (random.below(6)) {
    case 0:
      bytes[at] = random.below(256);
      return bytes;
    case 1:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2:
      writeNumber(bytes, at, random.pick(extremes), 8);
      return bytes;
    case 3:
      writeNumber(bytes, at, random.pick(extremes), 4);
      return bytes;
    case 4:
      bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
      return bytes;
    default:
      return insertPiece(bytes, at, random);
  }
}

function writeNumber(bytes: Uint8Array, at: number, value: bigint, length: number): void {
  for (let index = 0; index < length && at + index < bytes.length; index++) {
    bytes[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
}

function insertPiece(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const from = random.below(bytes.length);
  const piece = bytes.slice(from, from + random.below(64));
  const longer = new Uint8Array(bytes.length + piece.length);
  longer.set(bytes.subarray(0, at));
  longer.set(piece, at);
  longer.set(bytes.subarray(at), at + piece.length);
  return longer;
}

/** Mostly the file's own size, else one that it does not have. */
export function mutateSize(own: number, random: Random): number {
  if (random.chance(0.7)) return own;
  const sizes = [0, 1, 7, 8, 23, 24, 25, own - 1, own + 1, 2 ** 31, 2 ** 32 + 1, 2 ** 40, 2 ** 50];
  return Math.max(0, random.pick(sizes));
}
