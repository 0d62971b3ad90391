import { type Imatrix, readImatrix } from '../../core/routing/read-imatrix';
import { readRange } from './header';
import { withFile } from './open-file';
import { runReading } from './run-reading';

/** What the importance matrix at `path` says of routing. Throws ReadError, GgufError, RoutingError, or what `signal` was aborted with. */
export function readImatrixFile(path: string, signal: AbortSignal): Promise<Imatrix> {
  return withFile(path, ({ handle, bytes }) =>
    runReading(readImatrix(bytes), (offset, length) => readRange(handle, offset, length), signal),
  );
}
