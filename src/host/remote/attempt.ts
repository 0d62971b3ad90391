import type { Patience } from './patience';
import { RemoteError } from './remote-error';

/** One attempt at an answer: ends it when the user cancels, when nothing comes for too long, or when it takes too long in all. */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #url: string;
  readonly #patience: Patience;
  readonly #onAbort = (): void => this.#controller.abort();
  #failure: RemoteError | null = null;
  #whole: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(url: string, outer: AbortSignal, patience: Patience) {
    outer.throwIfAborted();
    this.#url = url;
    this.#outer = outer;
    this.#patience = patience;
    outer.addEventListener('abort', this.#onAbort, { once: true });
    this.restart();
    this.#expect(patience.answerMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts the time for the whole answer from now on. */
  restart(): void {
    clearTimeout(this.#whole);
    this.#whole = setTimeout(() => this.#fail('dripping'), this.#patience.wholeMs);
  }

  /** Something came: the next piece has its own time. */
  touch(): void {
    this.#expect(this.#patience.idleMs);
  }

  /** Lets the clocks rest while nobody waits for the server. */
  pause(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#idle);
  }

  /** Stops clocks and connection. Must be called however the attempt went. */
  end(): void {
    this.pause();
    this.#outer.removeEventListener('abort', this.#onAbort);
    this.#controller.abort();
  }

  /** What an error that the attempt met stands for: the user's cancelling, a time that ran out, or the connection's trouble. */
  explain(error: unknown): unknown {
    if (this.#outer.aborted) return this.#outer.reason;
    if (this.#failure !== null) return this.#failure;
    return error instanceof RemoteError ? error : connectionError(error, this.#url);
  }

  #expect(milliseconds: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#fail('silent'), milliseconds);
  }

  #fail(how: 'silent' | 'dripping'): void {
    this.#failure =
      how === 'silent'
        ? new RemoteError('too-slow', this.#url, 'The server fell silent.', { passing: true })
        : new RemoteError('too-slow', this.#url, 'The server sends too slowly to be waited for.');
    this.#controller.abort();
  }
}

/** Faults of a connection that are the same a second later: no such host, nobody there, a certificate that is not good. */
const lasting = /^(ENOTFOUND|ECONNREFUSED|ERR_TLS.*|CERT_.*|.*SELF_SIGNED.*|UNABLE_TO_.*|ERR_INVALID_.*)$/;

/** `fetch` says only "fetch failed", "terminated" or the like; its cause says why. */
function connectionError(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  const isNetwork = error instanceof TypeError || code !== null;
  if (!isNetwork) return error;
  const began = error.message === 'terminated';
  const why = code ?? cause.message;
  return began
    ? new RemoteError('dropped', url, `The connection was dropped before everything was sent (${why}).`)
    : new RemoteError('unreachable', url, `The server cannot be reached (${why}).`, {
        passing: code === null || !lasting.test(code),
      });
}
