import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../src/host/store/make-folder';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-folder-'));
afterAll(() => rmSync(base, { recursive: true }));

describe('a folder', () => {
  it('is made with those that enclose it, and left as it is where it is there', async () => {
    const path = join(base, 'a', 'b', 'c');
    await makeFolder(path);
    await makeFolder(path);
    await makeFolder(relative('.', join(base, 'd', 'e')));
    expect(statSync(path).isDirectory() && statSync(join(base, 'd', 'e')).isDirectory()).toBe(true);
  });

  it('is made once by those who make it at the same time', async () => {
    const path = join(base, 'many', 'at', 'once');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('may stand behind a link', async () => {
    mkdirSync(join(base, 'real'));
    symlinkSync(join(base, 'real'), join(base, 'link'), 'dir');
    await makeFolder(join(base, 'link', 'inner'));
    expect(existsSync(join(base, 'real', 'inner'))).toBe(true);
  });

  it('is not made where a file is in the way', async () => {
    writeFileSync(join(base, 'file'), '');
    await expect(makeFolder(join(base, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(base, 'file', 'inner'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')('ends where none can be made, as in /proc', async () => {
    await expect(makeFolder('/proc/none/inner')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
