import { createRequire } from 'node:module';
import type { Answer, CallFailure } from '../../core/reading/nvidia-protocol';

export type Koffi = typeof import('koffi');
type NativeFunction = (...args: unknown[]) => unknown;

/** Driver calls go deep; koffi's own default is 2 MiB. */
const STACK_BYTES = 8 * 2 ** 20;

/** koffi is native and may be absent for this system, so it is required here and now, not imported. */
export function loadKoffi(): Koffi {
  const koffi = createRequire(__filename)('koffi') as Koffi;
  koffi.config({ ...koffi.config(), sync_stack_size: STACK_BYTES });
  return koffi;
}

/**
 * A library whose functions return a status, 0 for success. It is never unloaded: drivers do not survive that, and the
 * process ends soon. `prototypes` are bound when first called, since an older driver lacks the newer ones.
 */
export class StatusLibrary<Name extends string> {
  readonly #library: import('koffi').LibraryHandle;
  readonly #prototypes: Readonly<Record<Name, string>>;
  readonly #bound = new Map<Name, NativeFunction | string>();
  /** The library's own words for a status. */
  readonly #wordsFor: (code: number) => string;

  constructor(
    library: import('koffi').LibraryHandle,
    prototypes: Readonly<Record<Name, string>>,
    wordsFor: (code: number) => string,
  ) {
    this.#library = library;
    this.#prototypes = prototypes;
    this.#wordsFor = wordsFor;
  }

  /** Null where it succeeded. */
  call(name: Name, ...args: unknown[]): CallFailure | null {
    const bound = this.#bind(name);
    if (typeof bound === 'string') return { call: name, code: null, text: bound };
    const code = bound(...args) as number;
    return code === 0 ? null : { call: name, code, text: this.#wordsFor(code).slice(0, 200) };
  }

  /** What the function wrote to its last argument, a pointer to one value. */
  read<T>(name: Name, ...args: unknown[]): Answer<T> {
    const out: (T | null)[] = [null];
    const failure = this.call(name, ...args, out);
    return failure ?? { value: out[0]! };
  }

  #bind(name: Name): NativeFunction | string {
    const before = this.#bound.get(name);
    if (before !== undefined) return before;
    let bound: NativeFunction | string;
    try {
      bound = this.#library.func(this.#prototypes[name]) as NativeFunction;
    } catch {
      bound = 'this driver has no such function';
    }
    this.#bound.set(name, bound);
    return bound;
  }
}

/** The first of these libraries that loads. Throws with every loader's message where none does. */
export function loadFirst(koffi: Koffi, paths: readonly string[]): import('koffi').LibraryHandle {
  const refusals: string[] = [];
  for (const path of paths) {
    try {
      return koffi.load(path);
    } catch (error) {
      refusals.push(messageOf(error));
    }
  }
  throw new Error(refusals[0] ?? 'this system has no such library');
}

/** First line of an error, without koffi's preamble. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n')[0]!
    .replace(/^Failed to load shared library: /, '')
    .slice(0, 200);
}

/** The text up to the first zero byte. */
export function textIn(buffer: Buffer): string {
  const end = buffer.indexOf(0);
  return buffer.toString('utf8', 0, end === -1 ? buffer.length : end);
}
