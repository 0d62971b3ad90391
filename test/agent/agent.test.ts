import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAgent } from '../../src/agent/agent';
import { diskDirectories, offeredDirectories } from '../../src/agent/disk-directories';
import { createClient } from '../../src/contract/client';
import { Dispatcher } from '../../src/contract/dispatcher';
import { sparseModel } from '../support/sparse-model';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-agent-'));
afterAll(() => rmSync(base, { recursive: true }));
const example = readFileSync('test/fixtures/profiles/example-1.0.0.json', 'utf8');

/** A client of a real agent with an empty store of its own. */
function freshClient(chooseModelFile: (() => Promise<string | null>) | null = null) {
  const dataDirectory = mkdtempSync(join(base, 'data-'));
  const agent = createAgent({
    version: '9.9.9',
    dataDirectory,
    memoryWorker: '/no/worker.cjs',
    embeddedRunner: '/none',
    now: () => '2026-01-01T00:00:00Z',
    chooseModelFile,
  });
  let count = 0;
  return createClient(new Dispatcher(agent), () => `task-${++count}`);
}

describe('an agent', () => {
  it('plans with the stored profile where none is given', async () => {
    const client = freshClient();
    await client.call('profile.import', { text: example });
    const plan = await client.call('plan.make', { reference: sparseModel('llama-3.1-8b', base) });
    expect(plan.verdict).toBe('ship');
    expect(plan.memory.map(({ device }) => device)).toContain('gpu0');
  });

  it('says how to measure where there is no profile to plan with', async () => {
    const plan = freshClient().call('plan.make', { reference: 'llama-3.1-8b' });
    await expect(plan).rejects.toMatchObject({
      failure: { code: 'no-profile', remedy: expect.stringContaining('plimsoll probe') as string },
    });
  });

  it('plans with a given profile instead of the stored one', async () => {
    const { hardware, ...rest } = JSON.parse(example) as { hardware: Record<string, unknown> };
    const profile = { ...rest, hardware: { ...hardware, gpus: [] } } as never;
    const client = freshClient();
    await client.call('profile.import', { text: example });
    const plan = await client.call('plan.make', { reference: sparseModel('llama-3.1-8b', base), profile });
    expect(plan.memory.map(({ device }) => device)).toStrictEqual(['host']);
  });

  it('holds a stored profile against this machine, and a given one against nothing', async () => {
    const client = freshClient();
    await expect(client.call('doctor.diagnose', {})).rejects.toMatchObject({
      failure: { code: 'no-profile', remedy: expect.stringContaining('plimsoll probe') as string },
    });
    const { profile } = await client.call('profile.import', { text: example });
    const stored = await client.call('doctor.diagnose', {});
    expect(stored.findings.map(({ code }) => code)).toContain('profile-elsewhere');
    const given = await client.call('doctor.diagnose', { profile });
    expect(given.findings.map(({ code }) => code)).toEqual(['pcie-narrow', 'disk-refused']);
  });

  it('plans every model of its catalog', async () => {
    const client = freshClient();
    await client.call('profile.import', { text: example });
    const { entries } = await client.call('model.catalog', {});
    expect(entries.length).toBeGreaterThan(20);
    const plan = await client.call('plan.make', { reference: entries[0]!.name });
    expect(plan.model.name).not.toBe('');
  });

  it('says whether it can open a file dialog, and opens it', async () => {
    expect(await freshClient().call('system.describe', {})).toMatchObject({ file_dialogs: false });
    await expect(freshClient().call('model.choose', {})).rejects.toMatchObject({
      failure: { code: 'no-file-dialog' },
    });
    const desktop = freshClient(() => Promise.resolve('/m.gguf'));
    expect(await desktop.call('system.describe', {})).toMatchObject({ file_dialogs: true, version: '9.9.9' });
    expect(await desktop.call('model.choose', {})).toStrictEqual({ path: '/m.gguf' });
  });

  it('finds the models of a folder that is named', async () => {
    const folder = join(base, 'models');
    mkdirSync(folder);
    copyFileSync('test/fixtures/headers/phi-4.gguf.head', join(folder, 'phi-4.gguf'));
    const { models } = await freshClient().call('model.find', { directories: [folder] });
    expect(models).toContainEqual(expect.objectContaining({ name: 'phi-4', origin: 'folder' }));
  });
});

describe('the folder whose disk is measured', () => {
  it('is the one that was named', async () => {
    expect(await diskDirectories(['/a', '/b'], { PLIMSOLL_BENCH_DIR: '/c' })).toStrictEqual(['/a', '/b']);
  });

  it('is else the one of the environment, our name before gpu-container’s', async () => {
    const environment = { PLIMSOLL_BENCH_DIR: '/ours', GPU_CONTAINER_BENCH_DIR: '/theirs' };
    expect(await diskDirectories([], environment)).toStrictEqual(['/ours']);
    expect(await diskDirectories([], { ...environment, PLIMSOLL_BENCH_DIR: '' })).toStrictEqual(['/theirs']);
  });

  it('is offered first, before every other folder where models lie and the home folder', async () => {
    const cache = mkdtempSync(join(base, 'cache-'));
    const hub = mkdtempSync(join(base, 'hub-'));
    const nowhere = join(base, 'nowhere');
    const environment = { LLAMA_CACHE: cache, HF_HUB_CACHE: hub, OLLAMA_MODELS: nowhere };
    const offered = await offeredDirectories({ ...environment, PLIMSOLL_BENCH_DIR: '/ours' });
    expect(offered.slice(0, 3)).toStrictEqual(['/ours', cache, hub]);
    expect(offered.at(-1)).toBe(homedir());
    expect(offered).not.toContain(nowhere);
    const withoutOwn = await offeredDirectories(environment);
    expect(new Set(withoutOwn).size).toBe(withoutOwn.length);
  });

  it('is else where models lie, and the home folder where none do', async () => {
    const cache = mkdtempSync(join(base, 'cache-'));
    const nowhere = join(base, 'nowhere');
    const environment = {
      LLAMA_CACHE: cache,
      HF_HUB_CACHE: nowhere,
      OLLAMA_MODELS: nowhere,
    };
    const [first] = await diskDirectories([], environment);
    expect(['/bench', cache]).toContain(first);
    const [other] = await diskDirectories([], { ...environment, LLAMA_CACHE: nowhere });
    expect(other?.startsWith(homedir()) || other === '/bench').toBe(true);
  });
});
