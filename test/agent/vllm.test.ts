import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { generateVllm, planVllmOf } from '../../src/agent/vllm';
import { commands } from '../../src/contract/commands';
import { ExpectedError } from '../../src/contract/errors';
import { artifactKinds } from '../../src/core/vllm/artifacts/serving';
import { temporaryFolder } from '../support/temporary';

const task = { signal: new AbortController().signal, progress: () => {} };
const gpus = [{ card: 'l40s', count: 2 }];

const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(() => folders.splice(0).forEach((folder) => folder.remove()));

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder.path;
}

function generation(part: object = {}) {
  return commands['vllm.generate'].input.parse({ reference: 'llama-3.1-8b', gpus, ...part });
}

describe('a vLLM deployment over the agent', () => {
  it('is planned for cards of the catalog without any profile', async () => {
    const input = commands['vllm.plan'].input.parse({ reference: 'llama-3.1-8b', gpus });
    const plan = await planVllmOf(input, task, newFolder());
    expect(plan.verdict).toBe('ship');
    expect(plan.cards).toHaveLength(2);
    expect(plan.findings.map(({ code }) => code)).toContain('assumed-card');
    expect(commands['vllm.plan'].output.parse(plan)).toEqual(plan);
  });

  it('says how to get on where there is neither profile nor card', async () => {
    const input = commands['vllm.plan'].input.parse({ reference: 'llama-3.1-8b' });
    await expect(planVllmOf(input, task, newFolder())).rejects.toThrow(/no cards were named/);
  });

  it('knows no card that the catalog has not', async () => {
    const input = commands['vllm.plan'].input.parse({
      reference: 'llama-3.1-8b',
      gpus: [{ card: 'voodoo-2' }],
    });
    await expect(planVllmOf(input, task, newFolder())).rejects.toThrow('No card "voodoo-2" is known.');
  });

  it('is planned for the cards of a profile, with what their data sheets add', async () => {
    const directory = newFolder();
    const profile = {
      schema_version: '1.0.0',
      created: '2026-01-01T00:00:00Z',
      generator: 'test',
      hardware: {
        platform: {},
        cpu: {},
        memory: {},
        gpus: [
          {
            index: 0,
            name: 'NVIDIA L40S',
            vram_total_mib: 46_068,
            vram_free_mib: 45_000,
            vram_reserved_mib: 600,
            vram_bw_gbps: 700,
          },
        ],
      },
    };
    const input = commands['vllm.plan'].input.parse({ reference: 'llama-3.1-8b', profile });
    const { cards, settings } = await planVllmOf(input, task, directory);
    expect(cards[0]).toMatchObject({
      memory_bytes: (46_068 - 600) * 2 ** 20,
      bandwidth_gbps: 700,
      source: 'measured',
    });
    expect(settings.gpu_memory_utilization).toBe(0.9);
  });
});

describe('the files of a vLLM deployment', () => {
  it('are written whole, with nothing left beside them', async () => {
    const out = join(newFolder(), 'new', 'folder');
    const { artifacts } = await generateVllm(generation({ out }), task, newFolder());
    expect((await readdir(out)).sort()).toEqual([
      'compose.yaml',
      'docker-run.sh',
      'kubernetes.yaml',
      'serve.sh',
    ]);
    for (const { path, text } of artifacts) expect(await readFile(path!, 'utf8')).toBe(text);
  });

  it('are only answered with where no folder is named', async () => {
    const { artifacts } = await generateVllm(generation(), task, newFolder());
    expect(artifacts.map(({ kind }) => kind)).toEqual([...artifactKinds]);
    expect(artifacts.every(({ path }) => path === null)).toBe(true);
  });

  it('never replace a file that is there, and then none of them is written', async () => {
    const out = newFolder();
    await writeFile(join(out, 'kubernetes.yaml'), 'mine\n');
    const failure = await generateVllm(generation({ out }), task, out).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ExpectedError);
    expect((failure as ExpectedError).failure).toMatchObject({ code: 'already-there' });
    expect(await readdir(out)).toEqual(['kubernetes.yaml']);
    expect(await readFile(join(out, 'kubernetes.yaml'), 'utf8')).toBe('mine\n');
  });

  it('do not follow a link that leads to somebody else’s file, nor one that leads nowhere', async () => {
    const out = newFolder();
    await symlink(join(out, 'gone'), join(out, 'compose.yaml'));
    await expect(generateVllm(generation({ out }), task, out)).rejects.toThrow(/is there already/);
    expect(await readdir(out)).toEqual(['compose.yaml']);
  });

  it('replace it where that is forced', async () => {
    const out = newFolder();
    await writeFile(join(out, 'compose.yaml'), 'mine\n');
    await generateVllm(generation({ out, kinds: ['compose'], force: true }), task, out);
    expect(await readFile(join(out, 'compose.yaml'), 'utf8')).toMatch(/^services:/);
    expect(await readdir(out)).toEqual(['compose.yaml']);
  });

  it('say what is wrong where the folder is a file', async () => {
    const folder = newFolder();
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'file'), '');
    await expect(
      generateVllm(generation({ out: join(folder, 'a', 'file') }), task, folder),
    ).rejects.toBeInstanceOf(ExpectedError);
  });
});
