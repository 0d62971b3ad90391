import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Context } from 'hono';
import { mediaTypeOf, pageHeaders } from '../contract/page-policy';

/** Paths of addresses to paths of files. */
export type Pages = ReadonlyMap<string, string>;

/** The page that talks over HTTP; `index.html` beside it talks to Electron. */
const START_PAGE = '/browser.html';

/** Lists the built files once: what is not on the list is not served, whatever path is asked for. */
export async function loadPages(folder: string): Promise<Pages> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const pages = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    pages.set(`/${relative(folder, path).split(sep).join('/')}`, path);
  }
  return pages;
}

export async function sendPage(context: Context, pages: Pages): Promise<Response> {
  const name = context.req.path === '/' ? START_PAGE : context.req.path;
  const path = pages.get(name);
  if (path === undefined) return context.text('There is no such page.', 404, { ...pageHeaders });
  const body = await readFile(path);
  return context.body(body, 200, {
    ...pageHeaders,
    'Content-Type': mediaTypeOf(name),
    'Cache-Control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
  });
}
