import { parentPort, workerData } from 'node:worker_threads';
import { passGate } from './memory-reader-gate';
import { STRIDE, sumModule } from './memory-reader-module';
import { runNative } from './memory-reader-native';
import { adviserOf, type Adviser } from './memory-reader-pages';
import type { PageWish, PassMethod, ReaderAnswer, ReaderData, ReaderJob } from './memory-reader-protocol';

/** A worker thread that owns a piece of memory and reads it, timed, together with its fellows. */

const WASM_PAGE = 65_536;
/** Native calls cannot be interrupted: pieces of this size keep a cancelled reader's last call below a few milliseconds. */
const PIECE_BYTES = 16 * 2 ** 20;
/** A copy of this size takes some 50 ms on the slowest boards. */
const COPY_BYTES = 256 * 2 ** 20;
/** What fills the memory, and a byte that is nowhere in it. Untouched memory would be one zero page, read from cache. */
const FILLING = 0x01;
const ABSENT = 0x7b;
const FILLED_WORD = 0x0101010101010101n;

interface Room {
  readonly bytes: Buffer;
  readonly memory: WebAssembly.Memory;
  /** Null where this engine has no SIMD. */
  readonly sum: ((start: number, end: number) => bigint) | null;
}

const { counters: shared, origin } = workerData as ReaderData;
const counters = new Int32Array(shared);
let room: Room | null = null;
let adviser: Adviser | null = null;

parentPort!.on('message', (job: ReaderJob) => {
  parentPort!.postMessage(job.kind === 'prepare' ? prepare(job) : read(job), []);
});

function prepare(job: ReaderJob & { kind: 'prepare' }): ReaderAnswer {
  room ??= openRoom(job.bytes);
  const refusal = job.pages === 'default' ? null : advise(room.bytes, job.pages);
  for (const piece of pieces(room.bytes, room.bytes.length)) piece.fill(FILLING);
  return { kind: 'prepared', refusal, simd: room.sum !== null };
}

function advise(bytes: Buffer, pages: Exclude<PageWish, 'default'>): string | null {
  return runNative(counters, () => {
    adviser ??= adviserOf();
    return adviser.advise(bytes, pages);
  });
}

/** WebAssembly's memory serves both methods: it starts on a page of its own and is the kernel's alone until touched. */
function openRoom(length: number): Room {
  const pages = length / WASM_PAGE;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return { bytes: Buffer.from(memory.buffer), memory, sum: compileSum(memory, pages) };
}

function compileSum(memory: WebAssembly.Memory, pages: number): Room['sum'] {
  const code = sumModule(pages);
  if (!WebAssembly.validate(code)) return null;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { m: { m: memory } });
  return instance.exports['sum'] as (start: number, end: number) => bigint;
}

function read(job: ReaderJob & { kind: 'read' }): ReaderAnswer {
  const readOnce = readerOf(room!, job.method, job.bytes);
  passGate(counters, job.threads);
  const start = now();
  for (let count = 0; count < job.repeats; count += 1) readOnce();
  return { kind: 'read', start, end: now() };
}

/** Readers check their result, so that nothing can be left out of the reading. */
function readerOf(own: Room, method: PassMethod, length: number): () => void {
  if (method === 'copy') return copierOf(own, length);
  if (method === 'memchr') {
    const parts = pieces(own.bytes, length);
    return () => {
      for (const part of parts) if (part.indexOf(ABSENT) !== -1) throw new Error('memory changed while read');
    };
  }
  const end = length - (length % STRIDE);
  const expected = BigInt.asIntN(64, FILLED_WORD * BigInt(end / 8));
  return () => {
    if (own.sum!(0, end) !== expected) throw new Error('memory changed while read');
  };
}

/** Large pieces: libc copies past the caches only what is larger than they are. */
function copierOf(own: Room, length: number): () => void {
  const half = length / 2;
  const starts = Array.from({ length: Math.ceil(half / COPY_BYTES) }, (_, index) => index * COPY_BYTES);
  return () => {
    for (const start of starts) {
      own.bytes.copy(own.bytes, half + start, start, Math.min(half, start + COPY_BYTES));
    }
  };
}

function pieces(bytes: Buffer, length: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(length / PIECE_BYTES) }, (_, index) =>
    bytes.subarray(index * PIECE_BYTES, Math.min(length, (index + 1) * PIECE_BYTES)),
  );
}

function now(): number {
  return Number(process.hrtime.bigint() - origin);
}
