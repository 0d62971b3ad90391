import { createCipheriv, randomBytes } from 'node:crypto';
import { lstat, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskRefusal } from '../../core/reading/disk-refusals';
import { MIB, type Bytes } from '../../core/units';
import { refusalOfError } from './disk-errors';

const NAME = /^\.plimsoll-(\d{1,10})-[0-9a-f]{12}\.probe\.tmp$/;
/** Divides every file size, and keeps the event loop free for more than it holds it (about 2 ms a block). */
const BLOCK_BYTES = 4 * MIB;
/** Small enough that a cancel during the flush of a slow disk (50 MB/s) is answered within 3 s. */
const FLUSH_EVERY = 64 * MIB;
/** A file that takes fewer blocks than this has holes or is compressed: its reads would not all reach the disk. */
const LEAST_ALLOCATED = 0.98;

/** A full file of random content, for reading. */
export interface TestFile {
  /** Where another process of this user can open it while it is not closed. */
  readonly path: string;
  readonly bytes: Bytes;
  /** Gives the space back. */
  close(): Promise<void>;
}

export type TestFileResult =
  | { readonly kind: 'written'; readonly file: TestFile }
  | { readonly kind: 'refused'; readonly refusal: DiskRefusal };

export interface TestFileOptions {
  readonly signal: AbortSignal;
  /** Share of the file that is on the disk. */
  readonly progress: (fraction: number) => void;
  /** Keep the name, as systems must that cannot read an unlinked file; true except on Linux. */
  readonly named?: boolean;
}

/**
 * Writes `bytes` of random content to a new file and waits until the disk has them. On Linux the file has no name from
 * the start, so nothing is left of it whatever ends this process. Throws only the signal's reason, and leaves nothing.
 */
export async function writeTestFile(
  directory: string,
  bytes: Bytes,
  options: TestFileOptions,
): Promise<TestFileResult> {
  const path = join(directory, `.plimsoll-${process.pid}-${randomBytes(6).toString('hex')}.probe.tmp`);
  const named = options.named ?? process.platform !== 'linux';
  let file: TestFile | null = null;
  try {
    const handle = await open(path, 'wx+', 0o600);
    file = testFile(handle, path, bytes, named);
    if (!named) await unlink(path);
    await fill(handle, bytes, options);
    const refusal = await unallocated(handle, bytes, directory);
    if (refusal === null) return { kind: 'written', file };
    await file.close();
    return { kind: 'refused', refusal };
  } catch (error) {
    await file?.close();
    options.signal.throwIfAborted();
    return { kind: 'refused', refusal: refusalOfError(error, directory) };
  }
}

/** Removes test files whose writer is no longer alive. What cannot be removed stays: it is not worth a failure. */
export async function sweepStale(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = Number(NAME.exec(name)?.[1] ?? 0);
    if (pid === 0 || isAlive(pid)) continue;
    const path = join(directory, name);
    const isFile = await lstat(path).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (isFile) await unlink(path).catch(() => {});
  }
}

function testFile(handle: FileHandle, path: string, bytes: Bytes, named: boolean): TestFile {
  return {
    path: named ? path : `/proc/${process.pid}/fd/${handle.fd}`,
    bytes,
    close: async () => {
      await handle.close().catch(() => {});
      if (named) await unlink(path).catch(() => {});
    },
  };
}

async function fill(handle: FileHandle, bytes: Bytes, { signal, progress }: TestFileOptions): Promise<void> {
  // The key stream of AES in counter mode never repeats and cannot be compressed, at the speed of the disk and beyond.
  const stream = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(BLOCK_BYTES);
  for (let written = 0; written < bytes;) {
    signal.throwIfAborted();
    const block = stream.update(zeros.subarray(0, Math.min(BLOCK_BYTES, bytes - written)));
    await writeAll(handle, block, written);
    written += block.length;
    if (written % FLUSH_EVERY === 0) {
      await handle.datasync();
      progress(written / bytes);
    }
  }
  await handle.sync();
}

async function writeAll(handle: FileHandle, block: Buffer, position: number): Promise<void> {
  for (let done = 0; done < block.length;) {
    const { bytesWritten } = await handle.write(block, done, block.length - done, position + done);
    done += bytesWritten;
  }
}

async function unallocated(handle: FileHandle, bytes: Bytes, directory: string): Promise<DiskRefusal | null> {
  if (process.platform === 'win32') return null;
  const { blocks } = await handle.stat();
  if (blocks * 512 >= bytes * LEAST_ALLOCATED) return null;
  return {
    code: 'not-written',
    message: `The filesystem of ${directory} did not store what was written to it in full.`,
    remedy: 'Choose a folder without compression or deduplication.',
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
