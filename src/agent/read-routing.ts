import { ExpectedError } from '../contract/errors';
import { analyseRouting } from '../core/routing/analyse-routing';
import { RoutingError } from '../core/routing/routing-error';
import type { Routing } from '../core/routing/schema';
import { readImatrixFile } from '../host/read/imatrix';
import { expandHome } from '../host/read/look-at-path';
import { toExpected } from './model-errors';

/** How a mixture routes, by an importance matrix of it. Throws ExpectedError. */
export async function readRouting(path: string, signal: AbortSignal): Promise<Routing> {
  try {
    return analyseRouting(await readImatrixFile(expandHome(path), signal));
  } catch (error) {
    if (!(error instanceof RoutingError)) throw toExpected(error, path);
    throw new ExpectedError(error.code, `${path}: ${error.message}`, error.remedy, { path });
  }
}
