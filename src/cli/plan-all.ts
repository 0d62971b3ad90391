import { ExpectedError } from '../contract/errors';
import type { ListedModel } from '../core/report/model-list-text';
import type { Context } from './command';
import { reportProgress } from './progress';

export interface Candidate {
  readonly name: string;
  /** What `plan` takes. */
  readonly reference: string;
  /** Size of the file; null where there is none. */
  readonly bytes: number | null;
}

/** Plans each candidate as it comes by default; one that cannot be read is listed with its failure. */
export async function planAll(context: Context, candidates: readonly Candidate[]): Promise<ListedModel[]> {
  const progress = reportProgress(context.terminal);
  const rows: ListedModel[] = [];
  try {
    for (const candidate of candidates) {
      context.signal.throwIfAborted();
      const fraction = rows.length / candidates.length;
      progress.show({ task: '', step: 'plan', label: 'Planning the models', fraction });
      rows.push({ ...candidate, answer: await answerFor(context, candidate) });
    }
  } finally {
    progress.end();
  }
  return rows;
}

async function answerFor({ call }: Context, { reference }: Candidate): Promise<ListedModel['answer']> {
  try {
    return { plan: await call('plan.make', { reference }), failure: null };
  } catch (error) {
    if (!(error instanceof ExpectedError) || !isAboutTheModel(error)) throw error;
    return { plan: null, failure: error.failure };
  }
}

/** Whether the next model may fare better. */
function isAboutTheModel({ failure }: ExpectedError): boolean {
  return failure.code !== 'no-profile' && failure.code !== 'cancelled';
}
