import { assertNever } from '../core/assert-never';
import type { Verdict } from '../core/plan/schema';
import type { Failure } from '../contract/errors';

/** What a run ends with, for scripts. 64 is EX_USAGE of sysexits.h, 130 is 128 + SIGINT as shells have it. */
export const exitStatus = { done: 0, failed: 1, refuse: 2, unknown: 3, usage: 64, interrupted: 130 } as const;

export function statusOfVerdict(verdict: Verdict): number {
  switch (verdict) {
    case 'ship':
      return exitStatus.done;
    case 'refuse':
      return exitStatus.refuse;
    case 'unknown':
      return exitStatus.unknown;
    default:
      return assertNever(verdict);
  }
}

/** Wrong usage is what another command line would mend: also a name that nothing has, or that several have. */
export function statusOfFailure({ code }: Failure): number {
  switch (code) {
    case 'invalid-input':
    case 'usage':
    case 'invalid-arguments':
    case 'invalid-reference':
    case 'no-model':
    case 'not-found':
    case 'unknown-quant':
    case 'ambiguous':
      return exitStatus.usage;
    case 'cancelled':
      return exitStatus.interrupted;
    default:
      return exitStatus.failed;
  }
}
