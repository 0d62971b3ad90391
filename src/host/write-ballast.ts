import type { FileHandle } from 'node:fs/promises';
import { open, readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BallastLayout, BallastTensor } from '../core/ballast/layout-ballast';
import { constantFloats, randomBlocks } from '../core/ballast/random-blocks';
import { tensorTypeNamed } from '../core/model/tensor-types';
import { MIB } from '../core/units';
import { isAlive } from './is-alive';
import { StoreError, storeErrorOf } from './store/store-error';
import { makeFolder } from './store/make-folder';

export interface BallastWriting {
  /** The same seed gives the same file. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told now and then how many bytes lie on the disk. */
  readonly onProgress: (bytes: number) => void;
}

/** Bytes of random weights made for each type, and written over and over: enough that no cache holds them, made in milliseconds. */
const TILE = 4 * MIB;
/** Bytes of one write: the larger it is, the larger the pieces of memory that Linux caches it in, which costs half the time of small ones. */
const WRITE = 16 * MIB;
/** Linux takes 1024 in one write (`IOV_MAX`). */
const MOST_PIECES = 512;
/** Left free on the disk, for what else is being written. */
const SPARE = 64 * MIB;
const PARTIAL = /\.(\d+)-\d+\.ballast-partial$/;

let writings = 0;

/**
 * Writes a ballast to `path`, under another name until it is whole; when it fails or is cancelled, nothing stays. What writers that
 * were killed have left in that folder is removed first. Refuses to replace a file. Throws StoreError, or what `signal` was aborted with.
 */
export async function writeBallast(
  path: string,
  layout: BallastLayout,
  writing: BallastWriting,
): Promise<void> {
  try {
    const folder = await preparedFolder(path);
    await refuseExisting(path);
    await refuseFull(folder, path, layout.fileBytes);
    writings += 1;
    const partial = join(folder, `${basename(path)}.${process.pid}-${writings}.ballast-partial`);
    try {
      await writeFile(partial, layout, writing);
      await rename(partial, join(folder, basename(path)));
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
    if (writing.signal.aborted) throw error;
    throw storeErrorOf(error, 'write', path);
  }
}

/** Makes the folder where it is missing, and tidies up after writers that were killed. */
async function preparedFolder(path: string): Promise<string> {
  await makeFolder(dirname(path));
  const folder = await realpath(dirname(path));
  for (const name of await readdir(folder)) {
    const pid = PARTIAL.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true });
  }
  return folder;
}

async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) return;
  throw new StoreError(
    'not-a-file',
    path,
    `There is already ${found.isDirectory() ? 'a folder' : 'a file'} ${path}, which a ballast would replace.`,
    'Name another file, or remove that one first.',
  );
}

async function refuseFull(folder: string, path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + SPARE) return;
  throw new StoreError(
    'full',
    path,
    `The ballast takes ${Math.ceil(bytes / MIB)} MiB, ${SPARE / MIB} more are to stay free, and ${folder} has only ${Math.floor(free / MIB)} MiB.`,
    'Free some space there, name another folder, or write fewer layers with --layers.',
  );
}

async function writeFile(path: string, layout: BallastLayout, writing: BallastWriting): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    let written = 0;
    for (const pieces of together(allPieces(layout, writing.seed))) {
      writing.signal.throwIfAborted();
      written += await writeAll(handle, pieces);
      writing.onProgress(written);
    }
  } finally {
    await handle.close();
  }
}

/** Pieces joined, and cut where they must be, so that each write but the last is of one size and begins at a multiple of it. */
function* together(pieces: Iterable<Uint8Array>): Generator<readonly Uint8Array[]> {
  let joined: Uint8Array[] = [];
  let room = WRITE;
  for (const piece of pieces) {
    let rest = piece;
    while (rest.length > 0) {
      const part = rest.subarray(0, room);
      joined.push(part);
      rest = rest.subarray(part.length);
      room -= part.length;
      if (room > 0 && joined.length < MOST_PIECES) continue;
      yield joined;
      joined = [];
      if (room === 0) room = WRITE;
    }
  }
  if (joined.length > 0) yield joined;
}

/** What the system leaves of a write, it is given again. */
async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<number> {
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  let left = pieces;
  for (let done = 0; done < total;) {
    const { bytesWritten } = await handle.writev([...left]);
    done += bytesWritten;
    if (done < total) left = behind(left, bytesWritten);
  }
  return total;
}

function behind(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const gone = Math.min(skip, piece.length);
    skip -= gone;
    return gone === piece.length ? [] : [piece.subarray(gone)];
  });
}

function* allPieces(layout: BallastLayout, seed: number): Generator<Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  yield layout.header;
  for (const [index, tensor] of layout.tensors.entries()) yield* piecesOf(tensor, index, tiles, seed);
}

/** The tensor's bytes: its type's tile from a place of its own on, over and over; then zeros up to the next tensor. */
function* piecesOf(
  tensor: BallastTensor,
  index: number,
  tiles: Map<string, Uint8Array>,
  seed: number,
): Generator<Uint8Array> {
  const tile = tileFor(tensor, tiles, seed);
  const block = tensorTypeNamed(tensor.type)!.bytes;
  // A prime number of blocks apart, so that no two layers are alike.
  let from = ((index * 7919) % Math.floor(tile.length / block)) * block;
  let left = tensor.bytes;
  while (left > 0) {
    const piece = tile.subarray(from, Math.min(tile.length, from + left));
    yield piece;
    left -= piece.length;
    from = 0;
  }
  if (tensor.paddedBytes > tensor.bytes) yield new Uint8Array(tensor.paddedBytes - tensor.bytes);
}

function tileFor({ type, filling }: BallastTensor, tiles: Map<string, Uint8Array>, seed: number): Uint8Array {
  const key = filling.kind === 'random' ? type : `${type} ${filling.value}`;
  const known = tiles.get(key);
  if (known !== undefined) return known;
  const tile =
    filling.kind === 'random'
      ? randomBlocks(type, TILE, seed + (tensorTypeNamed(type)?.id ?? 0))
      : constantFloats(filling.value, MIB);
  tiles.set(key, tile);
  return tile;
}
