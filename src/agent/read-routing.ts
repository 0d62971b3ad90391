import { ExpectedError } from '../contract/errors';
import { GgufError } from '../core/model/gguf/gguf-error';
import { analyseRouting } from '../core/routing/analyse-routing';
import { RoutingError } from '../core/routing/routing-error';
import type { Routing } from '../core/routing/schema';
import { readImatrixFile } from '../host/read/imatrix';
import { ReadError } from '../host/read/read-error';
import { expandHome } from '../host/read/look-at-path';
import { toExpected } from './model-errors';

/** How a mixture routes, by an importance matrix of it. Throws ExpectedError. */
export async function readRouting(path: string, signal: AbortSignal): Promise<Routing> {
  try {
    return analyseRouting(await readImatrixFile(expandHome(path), signal));
  } catch (error) {
    if (isNoMatrix(error)) throw noMatrix(path, error);
    if (!(error instanceof RoutingError)) throw toExpected(error, path);
    throw new ExpectedError(error.code, `${path}: ${error.message}`, error.remedy, { path });
  }
}

function isNoMatrix(error: unknown): error is GgufError | ReadError {
  if (error instanceof GgufError) return error.reason === 'empty' || error.reason === 'not-gguf';
  return error instanceof ReadError && (error.reason === 'directory' || error.reason === 'not-a-file');
}

function noMatrix(path: string, error: GgufError | ReadError): ExpectedError {
  const what =
    error instanceof ReadError ? error.message : `${path} is no importance matrix. ${error.message}`;
  return new ExpectedError(
    'not-a-matrix',
    what,
    'Give the file that `llama-imatrix -m MODEL -f TEXT -o FILE.gguf` wrote.',
    { path },
  );
}
