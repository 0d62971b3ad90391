import type { Answer } from './ask';
import { RemoteError } from './remote-error';

/** The pieces of an answer's body, read one after the other, with what one piece too many leaves for the next call. */
export class Body {
  readonly #answer: Answer;
  readonly #url: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(answer: Answer, url: string) {
    this.#answer = answer;
    this.#url = url;
    this.#reader = answer.response.body?.getReader() ?? null;
    const encoding = answer.response.headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      throw new RemoteError('wrong-bytes', url, `The server sends the file compressed (${encoding}).`);
    }
  }

  /** Fills as much of `target` as comes; fewer bytes only where the body ends. A dropped connection throws RemoteError. */
  async readInto(target: Uint8Array, received: (bytes: number) => void = () => undefined): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const piece = await this.#next();
      if (piece === null) break;
      const taken = piece.subarray(0, target.length - filled);
      target.set(taken, filled);
      filled += taken.length;
      received(filled);
      this.#rest = piece.subarray(taken.length);
    }
    return filled;
  }

  /** Whether nothing follows. */
  async isAtEnd(): Promise<boolean> {
    const piece = await this.#next();
    if (piece === null) return true;
    this.#rest = piece;
    return false;
  }

  async #next(): Promise<Uint8Array | null> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = new Uint8Array(0);
      return rest;
    }
    while (!this.#ended) {
      const piece = await this.#read();
      if (piece === null) this.#ended = true;
      else if (piece.length > 0) return piece;
    }
    return null;
  }

  async #read(): Promise<Uint8Array | null> {
    try {
      const step = await this.#reader?.read();
      this.#answer.attempt.touch();
      return step === undefined || step.done ? null : step.value;
    } catch (error) {
      const explained = this.#answer.attempt.explain(error);
      if (explained instanceof RemoteError && explained.reason === 'unreachable') {
        throw new RemoteError('dropped', this.#url, 'The connection was dropped before everything was sent.');
      }
      throw explained;
    }
  }
}
