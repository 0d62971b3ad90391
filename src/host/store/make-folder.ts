import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those that enclose it, where they are not there. Rejects as mkdir does. Node's own way (`recursive`) never ends on
 * file systems that say of a new folder that there is no such file, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const failure = await attempt(path);
  if (failure === null || (await isFolder(path))) return;
  const parent = dirname(path);
  if (failure.code !== 'ENOENT' || parent === path) throw failure;
  await makeFolder(parent);
  const again = await attempt(path);
  // another process may have made it meanwhile
  if (again !== null && !(await isFolder(path))) throw again;
}

function attempt(path: string): Promise<NodeJS.ErrnoException | null> {
  return mkdir(path).then(
    () => null,
    (error: unknown) => error as NodeJS.ErrnoException,
  );
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
