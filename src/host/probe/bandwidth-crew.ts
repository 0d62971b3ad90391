import { Worker } from 'node:worker_threads';
import type { Span } from '../../core/reading/memory-bandwidth';
import { COUNTERS_BYTES, stopNative } from './memory-reader-native';
import type { PageWish, PassMethod, ReaderAnswer, ReaderData, ReaderJob } from './memory-reader-protocol';

/** The readers could not do their work; the message says which way. */
export class CrewError extends Error {
  override readonly name = 'CrewError';
}

/** Slowest case: a small board that touches half a gigabyte. Longer means that something hangs. */
const JOB_TIMEOUT_MS = 20_000;

type Answer<Kind extends ReaderAnswer['kind']> = Extract<ReaderAnswer, { kind: Kind }>;

/** Worker threads that each own memory and read it in step. One that fails, or a cancellation, ends every job at once. */
export class ReaderCrew {
  readonly #file: string;
  readonly #signal: AbortSignal;
  readonly #data: ReaderData = {
    counters: new SharedArrayBuffer(COUNTERS_BYTES),
    origin: process.hrtime.bigint(),
  };
  readonly #workers: Worker[] = [];
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  readonly #onAbort = () => this.#fail(this.#signal.reason);

  /** `file` is the built worker. */
  constructor(file: string, signal: AbortSignal) {
    this.#file = file;
    this.#signal = signal;
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    // Nobody may be waiting when the failure comes.
    this.#failed.catch(() => {});
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Starts readers until there are `count`; each new one gets `bytes` of memory. Answers as `prepare`. */
  async grow(count: number, bytes: number, pages: PageWish): Promise<readonly Answer<'prepared'>[]> {
    const first = this.#workers.length;
    while (this.#workers.length < count) this.#workers.push(this.#hire());
    const newcomers = this.#workers.slice(first);
    return this.#askAll(newcomers, { kind: 'prepare', bytes, pages }, 'prepared');
  }

  /** Gives the first `count` readers their memory anew, on other pages; its size stays. */
  async renew(count: number, pages: PageWish): Promise<readonly Answer<'prepared'>[]> {
    return this.#askAll(this.#workers.slice(0, count), { kind: 'prepare', bytes: 0, pages }, 'prepared');
  }

  /** One pass of the first `threads` readers over the first `bytes` of each. */
  async read(
    threads: number,
    pass: { readonly method: PassMethod; readonly bytes: number; readonly repeats: number },
  ): Promise<readonly Span[]> {
    return this.#askAll(this.#workers.slice(0, threads), { kind: 'read', threads, ...pass }, 'read');
  }

  /** Ends all readers; their memory is free when this resolves. */
  async dismiss(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (await stopNative(new Int32Array(this.#data.counters))) {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    } else {
      for (const worker of this.#workers) worker.unref();
    }
  }

  #hire(): Worker {
    const worker = new Worker(this.#file, { workerData: this.#data, execArgv: [] });
    worker.on('error', (error) => this.#fail(new CrewError(`a reader failed: ${messageOf(error)}`)));
    worker.on('exit', (code) => this.#fail(new CrewError(`a reader ended with status ${code}`)));
    worker.setMaxListeners(0);
    return worker;
  }

  async #askAll<Kind extends ReaderAnswer['kind']>(
    workers: readonly Worker[],
    job: ReaderJob,
    kind: Kind,
  ): Promise<readonly Answer<Kind>[]> {
    this.#signal.throwIfAborted();
    const timer = setTimeout(
      () => this.#fail(new CrewError('a reader did not answer in time')),
      JOB_TIMEOUT_MS,
    );
    try {
      const answers = Promise.all(workers.map((worker) => ask(worker, job)));
      return (await Promise.race([answers, this.#failed])).filter(isOf(kind));
    } finally {
      clearTimeout(timer);
    }
  }
}

function ask(worker: Worker, job: ReaderJob): Promise<ReaderAnswer> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(job, []);
  });
}

function isOf<Kind extends ReaderAnswer['kind']>(kind: Kind) {
  return (answer: ReaderAnswer): answer is Answer<Kind> => answer.kind === kind;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}
