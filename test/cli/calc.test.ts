import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../src/core/catalog/models';
import { commandLine } from './command-line';

const seven = ['--params-billion', '7', '--kv-cache-mb-per-token', '0.5', '--context-tokens', '4096'];
const handlers = { 'model.read': () => Promise.resolve(catalogModel('llama-3.2-1b', 'Q8_0')!) };

describe('calc', () => {
  it('prints the rule of thumb, named as such', async () => {
    const { status, stdout } = await commandLine(['calc', 'vram', ...seven, '--gpu-vram-gb', '24']);
    expect(status).toBe(0);
    expect(stdout).toContain('rule of thumb');
    expect(stdout).not.toContain('exact');
    expect(stdout).toMatch(/Free\s+15\.0 %/);
  });

  it('prints its warning', async () => {
    const { stdout } = await commandLine(['calc', 'vram', ...seven, '--gpu-vram-gb', '22']);
    expect(stdout).toContain('Low safety margin (7.3% free).');
  });

  it.each([
    ['vram', ['--gpu-vram-gb', '8']],
    ['layers', ['--gpu-vram-gb', '1']],
    ['cpu-offload', ['--gpu-vram-gb', '1', '--system-ram-gb', '4', '--pcie-generation', '3.0']],
    ['budget', ['--total-available-mb', '4096']],
  ])('%s shows the exact figures of a model beside its own', async (name, options) => {
    const asked = ['calc', name, '--model', 'llama-3.2-1b:Q8_0', ...options];
    const { status, stdout } = await commandLine(asked, { handlers });
    expect(status).toBe(0);
    expect(stdout).toMatch(/rule of thumb +exact/);
    const json = await commandLine([...asked, '--json'], { handlers });
    expect(JSON.parse(json.stdout)).toMatchObject({ calculator: name, label: 'rule of thumb' });
    expect((JSON.parse(json.stdout) as { exact: unknown }).exact).not.toBeNull();
  });

  it('speaks of a model only for what follows from one', async () => {
    expect((await commandLine(['calc', 'vram'])).stderr).toContain('Give --params-billion, or --model, from');
    expect((await commandLine(['calc', 'vram', ...seven])).stderr).toContain('Give --gpu-vram-gb.');
  });

  it.each([
    [['calc', 'vram', ...seven], '--gpu-vram-gb is not given'],
    [['calc', 'vram', ...seven, '--gpu-vram-gb', '0'], '--gpu-vram-gb cannot be 0'],
    [['calc', 'vram', ...seven, '--gpu-vram-gb', '-4'], 'at least 0'],
    [['calc', 'layers', ...seven, '--gpu-vram-gb', '9', '--num-layers', '1'.repeat(400)], 'whole number'],
    [['calc', 'tea'], 'There is no calculator "tea"'],
  ])('%j is wrong usage and says why', async (argv, sentence) => {
    const { status, stderr } = await commandLine(argv);
    expect(status).toBe(64);
    expect(stderr).toContain(sentence);
  });
});
