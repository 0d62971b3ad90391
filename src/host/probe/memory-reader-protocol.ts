/** How memory is read: libc's memchr for a byte that is not there, or a WebAssembly sum over 128-bit vectors. */
export const readMethods = ['memchr', 'simd'] as const;
export type ReadMethod = (typeof readMethods)[number];
/** `copy` moves the first half of the memory onto the second, which holds the same. */
export type PassMethod = ReadMethod | 'copy';

/** `huge` and `small` ask the kernel for pages of that kind; `default` asks for nothing. */
export type PageWish = 'huge' | 'small' | 'default';

/** What a reader is started with. */
export interface ReaderData {
  /** 32-bit counters that readers start their passes by, and that keep a dismissal from cutting off native code. */
  readonly counters: SharedArrayBuffer;
  /** `process.hrtime.bigint()` at the start: times are told since then, so that they stay exact as numbers. */
  readonly origin: bigint;
}

export type ReaderJob =
  /** Get `bytes` of memory, or the same again, with every page touched. */
  | { readonly kind: 'prepare'; readonly bytes: number; readonly pages: PageWish }
  /** Read, or read and write, the first `bytes`, `repeats` times, starting together with the other `threads - 1` readers. */
  | {
      readonly kind: 'read';
      readonly method: PassMethod;
      readonly bytes: number;
      readonly repeats: number;
      readonly threads: number;
    };

export type ReaderAnswer =
  /** `refusal` is why the wish for pages could not even be told to the kernel; null where it was, or there was none. */
  | { readonly kind: 'prepared'; readonly refusal: string | null; readonly simd: boolean }
  /** When reading began and ended, in nanoseconds since the origin. */
  | { readonly kind: 'read'; readonly start: number; readonly end: number };
