import type { Finding } from '../../core/finding';
import type { Reading } from '../../core/model/gguf/header-cursor';
import { runReading } from '../read/run-reading';
import type { Asking } from './ask';
import { openRemote } from './open-remote';

/** The header of the file at `url`, as the given reader reads it. Throws RemoteError, what the reader throws, or what the signal was aborted with. */
export async function readRemoteHeader<Header extends { readonly findings: readonly Finding[] }>(
  url: string,
  readerOf: (fileBytes: number) => Reading<Header>,
  cacheFolder: string | null,
  asking: Asking,
): Promise<Header> {
  const file = await openRemote(url, cacheFolder, asking);
  try {
    const header = await runReading(readerOf(file.bytes), file.read, asking.signal);
    await file.keep();
    return file.from === 'stream' ? { ...header, findings: [...header.findings, noRanges] } : header;
  } finally {
    file.close();
  }
}

const noRanges: Finding = {
  severity: 'info',
  code: 'no-ranges',
  path: '/source',
  message:
    'The server gives no parts of files: the download of the whole was begun and broken off after the header.',
  remedy: 'Download the model to read it again without its server.',
};
