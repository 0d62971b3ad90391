import { sizeOfUnsatisfied } from '../../core/model/hub/content-range';
import { MIB } from '../../core/units';
import { ask, checkedAddress, type Answer, type Asking } from './ask';
import { fetchRange, identityOf, rangeOf, readPart, type FileIdentity } from './fetch-range';
import { keepFile, loadKept, type KeptFile, type Piece } from './range-cache';
import { RemoteError } from './remote-error';
import type { RemoteFile } from './remote-file';
import { streamFile } from './stream-file';
import { withRetry } from './with-retry';

/** What the readers of headers ask for first. */
const FIRST = MIB;

/**
 * Opens the file at `url` by asking for its first MiB; where the cache knows the file and the server says that it is unchanged,
 * from the cache. A server without ranges is read as far as is needed. Throws RemoteError, or what the signal was aborted with.
 */
export async function openRemote(
  url: string,
  cacheFolder: string | null,
  asking: Asking,
): Promise<RemoteFile> {
  checkedAddress(url);
  const known = cacheFolder === null ? null : await loadKept(cacheFolder, url);
  return withRetry(() => openOnce(url, known, cacheFolder, asking), asking.signal, asking.patience);
}

async function openOnce(
  url: string,
  known: KeptFile | null,
  cacheFolder: string | null,
  asking: Asking,
): Promise<RemoteFile> {
  const headers = { range: rangeOf(0, FIRST), ...conditionOf(known) };
  const answer = await ask(url, headers, asking);
  const { response, attempt } = answer;
  let streaming = false;
  try {
    refusePage(response, url);
    if (response.status === 304 && known !== null)
      return keptFile(url, known, known, cacheFolder, asking, 'cache');
    if (response.status === 416 && sizeOfUnsatisfied(response.headers.get('content-range')) === 0) {
      return keptFile(url, { bytes: 0, validator: null }, null, null, asking, 'ranges');
    }
    if (response.status === 200) {
      const file = streamFile(answer, url);
      streaming = true;
      return file;
    }
    const identity = identityOf(response, url, 0, FIRST);
    if (isSame(identity, known)) return keptFile(url, identity, known, cacheFolder, asking, 'cache');
    const first = await firstPiece(answer, url, identity);
    const start = { ...identity, validator: identity.validator ?? '', pieces: [first] };
    return keptFile(url, identity, start, cacheFolder, asking, 'ranges');
  } catch (error) {
    streaming = false;
    throw attempt.explain(error);
  } finally {
    if (!streaming) attempt.end();
  }
}

async function firstPiece(answer: Answer, url: string, identity: FileIdentity): Promise<Piece> {
  const bytes = new Uint8Array(Math.min(FIRST, identity.bytes));
  let filled = 0;
  await readPart(answer, url, bytes, (count) => (filled = count));
  return { offset: 0, bytes: bytes.subarray(0, filled) };
}

function conditionOf(known: KeptFile | null): Record<string, string> {
  if (known === null) return {};
  return known.validator.startsWith('date ')
    ? { 'if-modified-since': known.validator.slice('date '.length) }
    : { 'if-none-match': known.validator };
}

function isSame(identity: FileIdentity, known: KeptFile | null): boolean {
  return known !== null && identity.bytes === known.bytes && identity.validator === known.validator;
}

/** Downloads that need a login, and addresses of pages about a file, answer with a page. */
function refusePage(response: Response, url: string): void {
  if (isPage(response)) {
    throw new RemoteError('wrong-bytes', url, 'The address leads to a web page, not to a file.');
  }
}

function isPage({ status, headers }: Response): boolean {
  return status < 300 && /^text\/html\b/i.test(headers.get('content-type') ?? '');
}

/** A file of which some pieces are at hand already. */
function keptFile(
  url: string,
  identity: FileIdentity,
  start: Pick<KeptFile, 'pieces'> | null,
  cacheFolder: string | null,
  asking: Asking,
  from: RemoteFile['from'],
): RemoteFile {
  const pieces = [...(start?.pieces ?? [])];
  let fetched = from !== 'cache';
  return {
    bytes: identity.bytes,
    from,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, identity.bytes - offset));
      const held = pieces.find(
        (piece) => piece.offset <= offset && offset + wanted <= piece.offset + piece.bytes.length,
      );
      if (held !== undefined) return held.bytes.subarray(offset - held.offset, offset - held.offset + wanted);
      const bytes = await fetchRange(url, offset, wanted, identity, asking);
      fetched = true;
      pieces.push({ offset, bytes });
      return bytes;
    },
    async keep() {
      const { validator, bytes } = identity;
      if (fetched && validator !== null && cacheFolder !== null) {
        await keepFile(cacheFolder, url, { bytes, validator, pieces });
      }
    },
    close: () => undefined,
  };
}
