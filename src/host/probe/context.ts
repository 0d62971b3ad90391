import type { Finding } from '../../core/finding';

/** What every probe is given: the clock, a way out, and a way to say how far it is. */
export interface ProbeContext {
  /** ISO 8601, UTC. */
  now(): string;
  readonly signal: AbortSignal;
  /** `fraction` is the share of this probe that is done; null where it cannot be told. */
  progress(step: string, label: string, fraction: number | null): void;
}

/** What a probe found, and what is worth telling about it. A sensor that is missing is a finding, not an exception. */
export interface Probed<Reading> {
  readonly reading: Reading;
  readonly findings: readonly Finding[];
}
