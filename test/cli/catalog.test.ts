import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  importCatalog,
  keepCatalog,
  keptCatalogs,
  readCatalog,
  removeCatalog,
} from '../../src/agent/catalog';
import { commandLine } from './command-line';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-catalog-'));
afterAll(() => rmSync(base, { recursive: true }));

/** A command line with a store of its own. */
function withStore() {
  const data = mkdtempSync(join(base, 'data-'));
  const handlers = {
    'catalog.read': ({ files }: { files: string[] }) => readCatalog(files, data),
    'catalog.keep': ({ file }: { file: string }) => keepCatalog(file, data),
    'catalog.remove': ({ file_name: name }: { file_name: string }) => removeCatalog(name, data),
  };
  return { data, run: (...argv: string[]) => commandLine(['catalog', ...argv], { handlers }) };
}

function ownFile(name: string, text: string): string {
  const path = join(mkdtempSync(join(base, 'own-')), name);
  writeFileSync(path, text);
  return path;
}

describe('plimsoll catalog', () => {
  it('lists cards with their figures and sources', async () => {
    const { status, stdout } = await withStore().run('gpus');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^rtx-4090 +GeForce RTX 4090 +24 +1008 .*https:/mu);
    expect(stdout).toMatch(/^gb10 .*recalled, unverified$/mu);
  });

  it('lists the models that `plan` takes by name, and those described by their attention in a part of their own', async () => {
    const { run } = withStore();
    expect((await run('models')).stdout).toMatch(/^qwen3-30b-a3b +Qwen3.* 30\.5B +3\.35B +40,960 .*https:/mu);
    const names = JSON.parse((await run('models', '--json')).stdout) as { name: string }[];
    expect(names.map(({ name }) => name)).toContain('qwen3-30b-a3b');
    expect((await run('attention')).stdout).toContain('KV heads');
    expect(Object.keys(JSON.parse((await run('--json')).stdout) as object)).toEqual([
      'models',
      'gpus',
      'servers',
      'storage',
      'attention',
      'paths',
    ]);
  });

  it('takes rows of the user’s own, and keeps them where asked to', async () => {
    const { run } = withStore();
    const own = ownFile('mine.yaml', 'gpus:\n  - {id: my-card, memory_gib: 31, name: My card}\n');
    expect((await run('gpus', '--catalog', own)).stdout).toContain('My card');
    expect((await run('gpus')).stdout).not.toContain('My card');
    expect((await run('gpus', '--catalog', own, '--keep')).stderr).toContain('mine.yaml');
    expect((await run('gpus')).stdout).toContain('My card');
  });

  it('keeps a file no longer where asked to, and names those that are kept where it is not one of them', async () => {
    const { run, data } = withStore();
    const own = ownFile('mine.yaml', 'gpus:\n  - {id: my-card, memory_gib: 31, name: My card}\n');
    await run('gpus', '--catalog', own, '--keep');
    expect(await run('--remove', '../profile.json')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('Name one of mine.yaml') as string,
    });
    expect((await run('gpus', '--remove', 'mine.yaml')).stdout).not.toContain('My card');
    expect(await keptCatalogs(data)).toEqual([]);
  });

  it('imports a text under a name, never outside its folder, and can be rid of one that went bad', async () => {
    const { data } = withStore();
    const text = '{"gpus": [{"id": "a-card", "name": "A", "memory_gib": 10}]}';
    await importCatalog('a.json', text, data);
    for (const name of ['../a.json', 'b/a.json', String.raw`b\\a.json`, 'a.txt', '']) {
      await expect(importCatalog(name, text, data)).rejects.toThrow('not named as a catalog');
    }
    await expect(importCatalog('again.json', text, data)).rejects.toThrow('a-card');
    writeFileSync(join(data, 'catalog', 'a.json'), '{');
    await expect(readCatalog([], data)).rejects.toThrow('a.json');
    await removeCatalog('a.json', data);
    expect((await readCatalog([], data)).paths).toEqual([]);
  });

  it('keeps nothing that is wrong', async () => {
    const { run, data } = withStore();
    const wrong = ownFile('wrong.json', '{"gpus": [{"id": "x"}]}');
    const { status, stderr } = await run('--catalog', wrong, '--keep');
    expect(status).toBe(1);
    expect(stderr).toContain('memory_gib must be the memory of the card');
    expect(() => readFileSync(join(data, 'catalog', 'wrong.json'))).toThrow('ENOENT');
  });

  it('says of a missing file, of a folder and of a part that there is not what is wrong', async () => {
    const { run } = withStore();
    expect((await run('--catalog', join(base, 'none.json'))).stderr).toContain('There is no file');
    mkdirSync(join(base, 'folder.json'));
    expect((await run('--catalog', join(base, 'folder.json'))).status).toBe(1);
    expect(await run('cars')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('Name one of models') as string,
    });
  });
});
