/** How long to wait for a server, and how often to ask again. */
export interface Patience {
  /** Until an answer begins. */
  readonly answerMs: number;
  /** Between one piece of an answer and the next. */
  readonly idleMs: number;
  /** For one answer as a whole: 4 MiB, the largest piece asked for, at 35 kB a second. */
  readonly wholeMs: number;
  /** Attempts in all, for faults that pass. */
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly backoffMs: number;
  /** Longest wait that a server may ask for. */
  readonly longestWaitMs: number;
}

export const usualPatience: Patience = {
  answerMs: 20_000,
  idleMs: 20_000,
  wholeMs: 120_000,
  attempts: 4,
  backoffMs: 500,
  longestWaitMs: 15_000,
};
