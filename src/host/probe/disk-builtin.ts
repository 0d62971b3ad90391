import { constants, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { spreadOf } from '../../core/figure';
import { PASS_SHAPES, type DiskPass } from '../../core/reading/fio-arguments';
import type { TestFile } from './disk-file';
import type { DiskReader, ReaderFailure, ReaderResult, ReaderRun } from './disk-reader';

/** Of every JavaScript engine; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer };
};

const METHOD = 'built-in O_DIRECT reader';
/** Reads wait for the disk on the event loop; it gets a turn this often. */
const SLICE_MS = 5;
/** Blocks that one call reads: a lone block leaves the disk idle while JavaScript takes its turn (15 % slower). */
const BLOCKS_PER_CALL = 4;
/** libuv's default (docs.libuv.org/en/v1.x/threadpool.html). */
const DEFAULT_POOL = 4;

const TOO_SHALLOW: ReaderFailure = {
  kind: 'failed',
  reason: 'not-supported: the built-in reader keeps too few reads in flight',
  method: METHOD,
  readerAtFault: true,
};

/** Reads the test file by this process alone, past the page cache. Linux only: elsewhere Node cannot open files so. */
export function builtinReader(file: TestFile): DiskReader {
  return {
    async warmUp(pass, seconds, signal) {
      if (pass === 'rnd4k-q32') return TOO_SHALLOW;
      const run = (duration: number, stop: AbortSignal) => readOnce(file, pass, duration, stop);
      const result = await run(seconds, signal);
      if (result.kind === 'failed') return result;
      return { kind: 'ready', method: METHOD, conditions: conditionsOf(pass), run };
    },
  };
}

async function readOnce(
  file: TestFile,
  pass: DiskPass,
  seconds: number,
  signal: AbortSignal,
): Promise<ReaderResult> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(file.path, constants.O_RDONLY | constants.O_DIRECT);
    const run =
      pass === 'random'
        ? await readRandomly(handle, file.bytes, seconds, signal)
        : await readInOrder(handle, file.bytes, { pass, seconds }, signal);
    return { kind: 'measured', run };
  } catch (error) {
    signal.throwIfAborted();
    return failed(error as NodeJS.ErrnoException);
  } finally {
    await handle?.close();
  }
}

/** One small read after the other. Time that the event loop spends elsewhere is not counted. */
async function readRandomly(
  handle: FileHandle,
  fileBytes: number,
  seconds: number,
  signal: AbortSignal,
): Promise<ReaderRun> {
  const { blockBytes } = PASS_SHAPES.random;
  const buffer = alignedBuffers(1, blockBytes)[0]!;
  const blocks = fileBytes / blockBytes;
  const latencies: number[] = [];
  let busyMs = 0;
  while (busyMs < seconds * 1000) {
    signal.throwIfAborted();
    const start = performance.now();
    let now = start;
    while (now - start < SLICE_MS) {
      readSync(handle.fd, buffer, 0, blockBytes, Math.floor(Math.random() * blocks) * blockBytes);
      const done = performance.now();
      latencies.push((done - now) * 1000);
      now = done;
    }
    busyMs += now - start;
    await nextTurn();
  }
  const ioBytes = latencies.length * blockBytes;
  return {
    ...rates(ioBytes, blockBytes, busyMs),
    latencyMeanUs: (busyMs * 1000) / latencies.length,
    latencyP50Us: spreadOf(latencies)?.median ?? null,
  };
}

/** Calls queue up at libuv's pool, which has as many in flight as it has threads. */
async function readInOrder(
  handle: FileHandle,
  fileBytes: number,
  { pass, seconds }: { readonly pass: DiskPass; readonly seconds: number },
  signal: AbortSignal,
): Promise<ReaderRun> {
  const { blockBytes, queueDepth } = PASS_SHAPES[pass];
  const buffers = alignedBuffers(queueDepth, blockBytes);
  const start = performance.now();
  const end = start + seconds * 1000;
  const shared = { position: 0, ioBytes: 0, stopped: false };
  const readLane = async (first: number) => {
    const mine = buffers.slice(first, first + BLOCKS_PER_CALL);
    while (!shared.stopped && !signal.aborted && performance.now() < end) {
      const { position } = shared;
      shared.position = (position + BLOCKS_PER_CALL * blockBytes) % fileBytes;
      const { bytesRead } = await handle.readv(mine, position);
      shared.ioBytes += bytesRead;
    }
  };
  const stopAll = (error: unknown) => {
    shared.stopped = true;
    throw error;
  };
  const lanes: Promise<void>[] = [];
  for (let first = 0; first < queueDepth; first += BLOCKS_PER_CALL)
    lanes.push(readLane(first).catch(stopAll));
  // All lanes must have ended before the file may be closed.
  const endings = await Promise.allSettled(lanes);
  signal.throwIfAborted();
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  return {
    ...rates(shared.ioBytes, blockBytes, performance.now() - start),
    latencyMeanUs: null,
    latencyP50Us: null,
  };
}

function rates(ioBytes: number, blockBytes: number, milliseconds: number) {
  const bytesPerSecond = (ioBytes * 1000) / milliseconds;
  return { bytesPerSecond, iops: bytesPerSecond / blockBytes, ioBytes, runtimeMs: Math.round(milliseconds) };
}

/** Direct reads want memory that is aligned to the disk's sectors; WebAssembly's is aligned to 64 KiB. */
function alignedBuffers(count: number, bytes: number): Buffer[] {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((count * bytes) / (64 * 1024)) });
  return Array.from({ length: count }, (_, index) => Buffer.from(memory.buffer, index * bytes, bytes));
}

/** Threads of libuv's pool as it was when this process started. */
function poolThreads(): number {
  const asked = Number(process.env['UV_THREADPOOL_SIZE']);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, 1024) : DEFAULT_POOL;
}

function conditionsOf(pass: DiskPass) {
  const { blockBytes, queueDepth } = PASS_SHAPES[pass];
  const depth = pass === 'random' ? 1 : Math.min(queueDepth, poolThreads() * BLOCKS_PER_CALL);
  return {
    engine: pass === 'random' ? 'pread' : 'preadv',
    block_kib: blockBytes / 1024,
    queue_depth: depth,
    direct: true,
  };
}

function failed({ code, message }: NodeJS.ErrnoException): ReaderFailure {
  const reason =
    code === 'EINVAL'
      ? 'no-direct-io: the filesystem refuses reads past the page cache'
      : `io-error: ${code ?? message}`;
  return { kind: 'failed', reason, method: METHOD, readerAtFault: false };
}
