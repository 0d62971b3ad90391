import { describe, expect, it } from 'vitest';
import { readRouting } from '../../src/agent/read-routing';
import { commandLine } from './command-line';

const handlers = {
  'routing.read': ({ path }: { path: string }) => readRouting(path, new AbortController().signal),
};
const fixture = (name: string) => `test/fixtures/imatrix/mixture-16-experts.${name}`;

describe('routing', () => {
  it('prints how concentrated it is, and by layer', async () => {
    const { status, stdout } = await commandLine(['routing', fixture('gguf')], { handlers });
    expect(status).toBe(0);
    expect(stdout).toMatch(/Concentration +0\.\d{3}/);
    expect(stdout).toMatch(/^ +2 +15\/16/m);
  });

  it('prints all of it as JSON', async () => {
    const { stdout } = await commandLine(['routing', fixture('gguf'), '--json'], { handlers });
    expect((JSON.parse(stdout) as { layers: unknown[] }).layers).toHaveLength(3);
  });

  it.each([
    [fixture('dat'), 'format before GGUF'],
    ['test', 'is a folder, not a file.\nGive the file that `llama-imatrix'],
    ['package.json', 'is no importance matrix. The file is not a GGUF model'],
    ['/dev/null', 'Give the file that `llama-imatrix'],
  ])('says what %s is instead', async (path, sentence) => {
    const { status, stderr } = await commandLine(['routing', path], { handlers });
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
  });
});
