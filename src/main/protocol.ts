import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { mediaTypeOf, pageHeaders } from '../contract/page-policy';
import { pageHost, pageScheme } from './origin';

/** Makes `app:` behave as https does: an origin of its own, fetch, module scripts, compiled code kept between starts. Before Electron is ready. */
export function declareScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: pageScheme, privileges }]);
}

/** Serves the files of `folder` as `app://plimsoll/…`, and nothing else. */
export function servePages(folder: string): void {
  protocol.handle(pageScheme, async ({ url }) => {
    const path = fileOf(url, folder);
    const body = path === null ? null : await readFile(path).catch(() => null);
    if (path === null || body === null) return new Response('There is no such page.', { status: 404 });
    return new Response(new Uint8Array(body), {
      headers: { ...pageHeaders, 'Content-Type': mediaTypeOf(path) },
    });
  });
}

function fileOf(address: string, folder: string): string | null {
  const url = new URL(address);
  if (url.host !== pageHost) return null;
  const path = normalize(join(folder, decodeURIComponent(url.pathname)));
  return path.startsWith(folder + sep) && !path.includes('\0') ? path : null;
}
