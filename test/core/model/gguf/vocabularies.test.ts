import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../../src/host/read/header';

/** The vocabularies of a llama.cpp source tree, beside the folder on PATH that holds llama-server. */
function vocabularyFolder(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const binaries = folders.find((folder) => existsSync(join(folder, 'llama-server')));
  if (binaries === undefined) return null;
  const vocabularies = join(dirname(binaries), 'vocab');
  return existsSync(vocabularies) ? vocabularies : null;
}

const folder = vocabularyFolder();
const files = folder === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.gguf'));

describe.skipIf(folder === null)(
  'the vocabularies of llama.cpp (in a folder vocab beside that of llama-server on PATH)',
  () => {
    it.each(files)('%s is read to its end, every token counted', async (name) => {
      const file = await readHeader(join(folder!, name), new AbortController().signal);
      const { count } = file.skippedArrays['tokenizer.ggml.tokens']!;
      expect(count).toBeGreaterThan(30_000);
      expect(file.skippedArrays['tokenizer.ggml.token_type']?.count ?? count).toBe(count);
      expect(file.expectedBytes).toBe(file.fileBytes);
    });
  },
);
