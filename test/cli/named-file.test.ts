import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNamedFile, readNamedJson } from '../../src/cli/named-file';
import { temporaryFolder } from '../support/temporary';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const file = { what: 'The plan ', remedy: 'Write one.' };

describe('a file named on the command line', () => {
  it('is read whole', async () => {
    const path = join(folder.path, 'plan.json');
    writeFileSync(path, '{"a": "ü"}');
    expect(await readNamedFile(path, file)).toBe('{"a": "ü"}');
    expect(await readNamedJson(path, file)).toEqual({ a: 'ü' });
  });

  it('says in words why it cannot be read, and what to do', async () => {
    const absent = readNamedFile(join(folder.path, 'absent'), file);
    await expect(absent).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: 'Write one.' },
    });
    await expect(absent).rejects.toThrow(/^The plan .*absent could not be read: there is no such file\.$/);
    await expect(readNamedFile(folder.path, file)).rejects.toMatchObject({
      failure: { code: 'unreadable', message: expect.stringContaining('it is a folder') as string },
    });
    const path = join(folder.path, 'text');
    writeFileSync(path, 'hello');
    await expect(readNamedJson(path, file)).rejects.toThrow('is not JSON, or is cut short');
  });

  it.runIf(process.platform === 'linux')('ends where it is endless', async () => {
    await expect(readNamedFile('/dev/zero', file)).rejects.toThrow('larger than 64 MiB');
  });
});
