import { ExpectedError } from '../contract/errors';
import type { Profile } from '../core/profile/schema';
import { sweepCsv, sweepText } from '../core/report/sweep-text';
import type { SweepKind } from '../core/sweep/schema';
import type { Context } from './command';
import { exitStatus } from './exit-status';
import { requestFrom, type RequestOptions } from './request-options';

interface SweepOptions extends RequestOptions {
  readonly exact?: string;
  readonly oracle?: string | true;
  readonly export?: string;
  readonly mmproj?: string;
  readonly draft?: string;
  readonly format: string;
}

interface Swept {
  readonly kind: SweepKind;
  readonly reference: string;
  readonly profile: Profile | null;
}

/** Prints a plan at every value of one choice. Ends 0 whatever the verdicts, as every list does. */
export async function printSweep(
  { call, terminal, json }: Context,
  options: SweepOptions,
  swept: Swept,
): Promise<number> {
  const alone = (['exact', 'oracle', 'export'] as const).find((name) => options[name] !== undefined);
  if (alone !== undefined || options.format === 'markdown') {
    throw new ExpectedError(
      'usage',
      `--sweep does not go with ${alone === undefined ? '--format markdown' : `--${alone}`}.`,
      'Leave one of the two out.',
    );
  }
  const { mmproj = null, draft = null } = options;
  const answer = await call('plan.sweep', { ...swept, request: await requestFrom(options), mmproj, draft });
  if (json || options.format === 'json') terminal.printRaw(`${JSON.stringify(answer, null, 2)}\n`);
  else if (options.format === 'csv') terminal.printRaw(sweepCsv(answer));
  else terminal.print(sweepText(answer, terminal));
  return exitStatus.done;
}
