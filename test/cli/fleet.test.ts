import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/agent/catalog';
import { catalogModel } from '../../src/core/catalog/models';
import { commandLine } from './command-line';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-fleet-'));
afterAll(() => rmSync(base, { recursive: true }));
const handlers = {
  'catalog.read': ({ files }: { files: string[] }) => readCatalog(files, base),
  'model.read': ({ reference }: { reference: string }) => Promise.resolve(catalogModel(reference, 'F16')!),
};
const run = (...argv: string[]) => commandLine(['fleet', ...argv], { handlers });
const example = [
  '--model',
  'opt-oss-120b',
  '--server',
  'dgx300',
  '--storage',
  'profile_default',
  '--concurrency',
  '1000',
  '--effective-context',
  '131072',
];

describe('plimsoll fleet', () => {
  it('answers the documentation’s example with its option names: 2 nodes at least, 3 recommended', async () => {
    const { status, stdout } = await run(
      ...example,
      '--kv-precision',
      'fp8',
      '--runtime-overhead-gib',
      '120',
      '--kv-budget-ratio',
      '0.7',
      '--peak-headroom-ratio',
      '0.2',
      '--ha-mode',
      'n+1',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^MINIMUM +2 /mu);
    expect(stdout).toMatch(/^RECOMMENDED +3 /mu);
  });

  it('writes JSON, Markdown and a page', async () => {
    const [json, markdown, page] = ['f.json', 'f.md', 'f.html'].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ];
    const { stdout } = await run(
      ...example,
      '--executive-report',
      '--output-json-file',
      json,
      '--output-markdown-file',
      markdown,
      '--output-html-file',
      page,
    );
    expect(stdout).toContain('## Recommendation');
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      scenarios: { recommended: { results: { nodes_final: 3 } } },
    });
    expect(readFileSync(markdown, 'utf8')).toBe(stdout);
    expect(readFileSync(page, 'utf8')).toContain('<!doctype html>');
  });

  it('compares servers, tables nodes and counts cost', async () => {
    const { stdout } = await run(...example, '--compare', 'dgx200', '--table', '--price', '500000 usd');
    expect(stdout).toMatch(/^dgx200 +1128 +289 +4 +6/mu);
    expect(stdout).toMatch(/^ *131,072 /mu);
    expect(stdout).toContain('1,500,000 USD');
  });

  it('counts the weights of a model that has them', async () => {
    const { stdout } = await run(
      '--model',
      'gpt-oss-120b',
      '--server',
      'dgx-h100',
      '--concurrency',
      '200',
      '--effective-context',
      '32768',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ layout: { kind: 'counted' } });
  });

  it('takes files of the user’s own under the names of the sizing that came before', async () => {
    const files = ['models', 'servers', 'storage'].flatMap((kind) => [
      `--${kind}-file`,
      `test/fixtures/fleet-sizing/${kind}.json`,
    ]);
    expect((await run(...example, ...files)).stdout).toMatch(/^RECOMMENDED +3 /mu);
    const own = join(base, 'own.yaml');
    writeFileSync(
      own,
      'servers: [{name: mine, gpus: 2, hbm_per_gpu_gb: 500, total_hbm_gb: 1000, price: {amount: 1, currency: EUR}}]',
    );
    const { stdout } = await run(...example, '--server', 'mine', '--catalog', own);
    expect(stdout).toContain('EUR');
  });

  it.each([
    [
      'no server',
      ['--model', 'opt-oss-120b', '--concurrency', '1', '--effective-context', '1'],
      '--server is missing',
    ],
    ['no option at all', [], '--model, --server, --concurrency and --effective-context are missing'],
    ['an unknown server', [...example, '--server', 'none'], 'There is no server "none"'],
    ['unknown storage', [...example, '--storage', 'none'], 'There is no storage profile "none"'],
    ['zero sessions', [...example, '--concurrency', '0'], 'whole number from 1'],
    ['negative sessions', [...example, '--concurrency', '-4'], 'whole number from 1'],
    ['more than 10^9 sessions', [...example, '--concurrency', '1000000001'], 'whole number from 1'],
    ['a price without currency', [...example, '--price', '300000'], 'currency of three letters'],
    ['a budget above one', [...example, '--kv-budget-ratio', '1.2'], 'at most 1'],
    [
      'headroom out of bounds',
      [...example, '--peak-headroom-ratio', '11'],
      '--peak-headroom-ratio is out of bounds',
    ],
    ['percentiles that fall', [...example, '--contexts', '3,2,1'], 'do not fall'],
    [
      'more cards than there are',
      [...example, '--weights-gib', '60', '--tensor-parallel', '16'],
      'no copy can lie on 16',
    ],
    ['fp8 by llama.cpp', [...example, '--cache-policy', 'llama.cpp'], 'no KV cache in fp8'],
  ])('refuses %s with a sentence', async (_, argv, sentence) => {
    const { status, stderr } = await run(...argv);
    expect(status).toBe(64);
    expect(stderr).toContain(sentence);
  });
});
