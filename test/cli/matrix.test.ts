import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/agent/catalog';
import { commandLine } from './command-line';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-matrix-'));
afterAll(() => rmSync(base, { recursive: true }));
const handlers = { 'catalog.read': ({ files }: { files: string[] }) => readCatalog(files, base) };

const matrix = (...argv: string[]) => commandLine(['matrix', ...argv], { handlers });

describe('plimsoll matrix', () => {
  it('has a line for every model where there are many pairs', async () => {
    const { status, stdout } = await matrix('--precision', 'q4_k_m');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^llama-3\.1-8b +\d+\.\d\d +\d+ of \d+ +\S+/mu);
  });

  it('shows one pair with what it is made of', async () => {
    const { stdout } = await matrix(
      '--model',
      'llama-3.1-8b',
      '--gpu',
      'rtx-3090',
      '--precision',
      'q8_0',
      '--mode',
      'exact',
    );
    expect(stdout).toContain('Compute buffers');
    expect(stdout).toMatch(/Status +RUNS/u);
  });

  it('answers in JSON, CSV and Markdown', async () => {
    const pair = ['--model', 'llama-3.1-8b', '--gpu', 'rtx-3090', '--gpu', 'l4'];
    const json = JSON.parse((await matrix(...pair, '--json')).stdout) as {
      results: { gpu: string; status: string }[];
    };
    expect(json.results.map(({ gpu, status }) => `${gpu} ${status}`)).toEqual(['rtx-3090 RUNS', 'l4 RUNS']);
    expect((await matrix(...pair, '--format', 'csv')).stdout.split('\r\n')).toHaveLength(4);
    expect((await matrix(...pair, '--format', 'markdown')).stdout).toContain('| llama-3.1-8b | l4 |');
  });

  it('filters by maker, class and free memory, and sorts', async () => {
    const { stdout } = await matrix(
      '--model',
      'llama-3.1-8b',
      '--vendor',
      'apple',
      '--runs',
      '--least-free',
      '50',
      '--sort',
      'free',
      '--descending',
      '--json',
    );
    const { results } = JSON.parse(stdout) as { results: { gpu: string; vram_free_percent: number }[] };
    expect(results[0]?.gpu).toBe('apple-m3-ultra');
    expect(results.every(({ vram_free_percent: free }) => free >= 50)).toBe(true);
  });

  it('takes cards of the user’s own', async () => {
    const path = join(base, 'mine.yaml');
    writeFileSync(path, 'gpus: [{id: mine, memory_gib: 1000}]');
    expect((await matrix('--model', 'llama-3.1-8b', '--gpu', 'mine', '--catalog', path)).stdout).toContain(
      'mine (1000 GiB)',
    );
  });

  it('takes models of the user’s own by their attention and parameters', async () => {
    const path = join(base, 'models.yaml');
    const attention =
      'num_layers: 10, num_key_value_heads: 8, head_dim: 128, max_position_embeddings: 4096, attention_pattern: full';
    writeFileSync(path, `models: [{name: own-7b, total_params_b: 7, ${attention}}]`);
    const { stdout } = await matrix('--model', 'own-7b', '--gpu', 'rtx-3090', '--catalog', path, '--json');
    // 14 GB, 30 % of it, and 8,192 tokens of 10 × 2 × 8 × 128 numbers of 2 bytes, a tenth more
    const required = 14 * 1.3 + ((8192 * 10 * 2048 * 2) / 2 ** 30) * 1.1;
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        {
          required_vram_gb: expect.closeTo(required, 9) as number,
          warning: expect.stringContaining('beyond the 4096') as string,
        },
      ],
    });
  });

  it.each([
    ['an unknown card', ['--gpu', 'voodoo'], 'There is no card "voodoo" in the catalog.'],
    ['an unknown maker', ['--vendor', 'matrox'], 'No card is of this maker'],
    ['an unknown precision', ['--precision', 'int3'], 'int3'],
    ['no context', ['--ctx', '0'], 'whole number from 1'],
    ['a negative context', ['--ctx', '-5'], 'whole number from 1'],
  ])('refuses %s', async (_, argv, sentence) => {
    const { status, stderr } = await matrix('--model', 'llama-3.1-8b', ...argv);
    expect(status).toBe(64);
    expect(stderr).toContain(sentence);
  });
});
