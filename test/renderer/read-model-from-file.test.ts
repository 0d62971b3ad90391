import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileFailure } from '../../src/renderer/plan/file-failure';
import { readModelFromFile } from '../../src/renderer/plan/read-model-from-file';

describe('a model file that only the page can see', () => {
  it('is read from its header, in slices', async () => {
    const file = headerFile('gpt-oss-20b.gguf.head');
    const model = await readModelFromFile(file);
    expect(model.source).toEqual({ kind: 'gguf', locator: file.name, tensors: 'read' });
    expect(model.architecture).toBe('gpt-oss');
    expect(model.tensors.length).toBeGreaterThan(100);
  });

  it('is said to be incomplete where it ends before its tensors do', async () => {
    const model = await readModelFromFile(headerFile('llama-3.1-8b.gguf.head'));
    expect(model.findings.map(({ code }) => code)).toContain('file-incomplete');
  });

  it('is refused with what it looks like where it is no model', async () => {
    const file = new File(['<html>not found</html>'], 'model.gguf');
    const error: unknown = await readModelFromFile(file).catch((caught: unknown) => caught);
    const failure = fileFailure(error, file.name);
    expect(failure).toMatchObject({ code: 'not-gguf', details: { offset: 0 } });
    expect(failure.message).toMatch(/^model\.gguf: .*not a GGUF/);
    expect(failure.remedy).not.toBeNull();
  });

  it('is refused where it is a JSON file without JSON in it', async () => {
    const file = new File(['{"architectures": ['], 'config.json');
    const error: unknown = await readModelFromFile(file).catch((caught: unknown) => caught);
    expect(fileFailure(error, file.name)).toMatchObject({ code: 'not-json' });
  });
});

function headerFile(name: string): File {
  const bytes = readFileSync(new URL(`../fixtures/headers/${name}`, import.meta.url));
  return new File([bytes], name.replace('.head', ''));
}
