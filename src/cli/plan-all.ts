import { ExpectedError } from '../contract/errors';
import type { ListedModel } from '../core/report/model-list-text';
import type { Context } from './command';

export interface Candidate {
  readonly name: string;
  /** What `plan` takes. */
  readonly reference: string;
  /** Size of the file; null where there is none. */
  readonly bytes: number | null;
}

/** Plans each candidate as it comes by default; one that cannot be read is listed with its failure. */
export async function planAll(
  { call, signal }: Context,
  candidates: readonly Candidate[],
): Promise<ListedModel[]> {
  const rows: ListedModel[] = [];
  for (const candidate of candidates) {
    rows.push({ ...candidate, answer: await answerFor(candidate) });
    signal.throwIfAborted();
  }
  return rows;

  async function answerFor({ reference }: Candidate): Promise<ListedModel['answer']> {
    try {
      return { plan: await call('plan.make', { reference }), failure: null };
    } catch (error) {
      if (!(error instanceof ExpectedError) || error.failure.code === 'no-profile') throw error;
      return { plan: null, failure: error.failure };
    }
  }
}
