import type { MeasuredSpeed } from '../../core/receipt/schema';

/** What is to be measured. */
export interface RunPlan {
  /** Tokens written each time. */
  readonly generate: number;
  /** Tokens of a prompt each time. */
  readonly prompt: number;
  readonly repetitions: number;
  /** Tokens before the deeper measurement; 0 for none. */
  readonly depth: number;
  /** Tokens that the model knows; null where that is not known. */
  readonly vocabulary: number | null;
  /** What reading those may take, as far as it can be told beforehand. */
  readonly depthTimeMs: number;
  /** What loading the model may take. */
  readonly loadTimeMs: number;
}

export type RunProgress = (step: string, label: string, fraction: number) => void;

export interface RunResult {
  readonly speeds: readonly MeasuredSpeed[];
  /** What was measured otherwise than asked, and why. */
  readonly notes: readonly string[];
}
