import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { emptyFolder } from '../read/folder';
import { asking, ranged, serverThat } from './model-server';
import { model, long } from './remote-cases';

describe('the cache of headers', () => {
  it('spares a second download of what did not change', async () => {
    const folder = emptyFolder();
    const { url, requests } = await serverThat(ranged(long));
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const before = requests.length;
    const second = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(second).toEqual(first);
    expect(requests).toHaveLength(before + 1);
    expect(requests.at(-1)!.headers['if-none-match']).toBe('"one"');
  });

  it('serves a server that ignores the question whether the file changed', async () => {
    const folder = emptyFolder();
    const { url, requests } = await serverThat((request, response) => {
      delete request.headers['if-none-match'];
      ranged(long)(request, response);
    });
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const before = requests.length;
    expect(await readRemoteModel(`${url}/m.gguf`, folder, asking())).toEqual(first);
    expect(requests).toHaveLength(before + 1);
  });

  it('is not believed where the file changed', async () => {
    const folder = emptyFolder();
    let current = model;
    let tag = '"one"';
    const { url } = await serverThat((request, response) => ranged(current, tag)(request, response));
    await readRemoteModel(`${url}/m.gguf`, folder, asking());
    current = long;
    tag = '"two"';
    const header = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ['garbage', () => Buffer.from('garbage')],
    ['empty', () => Buffer.alloc(0)],
    ['JSON of another kind', () => Buffer.from('{"format":1}\n')],
    [
      'changed in a byte',
      (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[changed.length - 200]! ^= 1;
        return changed;
      },
    ],
  ])('that is %s is passed over and written anew', async (_, damage) => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model));
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const [name] = readdirSync(folder);
    const path = join(folder, name!);
    const good = readFileSync(path);
    writeFileSync(path, damage(good));
    expect(await readRemoteModel(`${url}/m.gguf`, folder, asking())).toEqual(first);
    expect(readFileSync(path).equals(good)).toBe(true);
  });

  it('holds nothing where the server gives nothing to know the file by', async () => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model, null));
    await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not write down addresses, which may hold secrets', async () => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model));
    await readRemoteModel(`${url}/m.gguf?signature=topsecret`, folder, asking());
    const [name] = readdirSync(folder);
    expect(readFileSync(join(folder, name!), 'latin1')).not.toContain('topsecret');
  });
});
