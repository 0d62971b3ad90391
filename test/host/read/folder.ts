import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { text, writeGguf, type GgufParts } from '../../core/model/gguf/write-gguf';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is removed after the test. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-test-')));
  made.push(folder);
  return folder;
}

/** Writes a file, with the folders it needs, and answers its path. */
export function put(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A small GGUF file with one tensor. */
export function smallGguf(parts: GgufParts = {}): Uint8Array {
  const tensors = [{ name: 'token_embd.weight', dimensions: [32, 4], type: 'q8_0', offset: 0 }];
  return writeGguf({ pairs: [text('general.architecture', 'llama')], tensors, dataBytes: 136, ...parts });
}

/** One of the headers in the fixtures as a sparse file of its real size. */
export function putModel(folder: string, name: string, bytes: number): string {
  const path = join(folder, `${name}.gguf`);
  cpSync(fileURLToPath(new URL(`../../fixtures/headers/${name}.gguf.head`, import.meta.url)), path);
  truncateSync(path, bytes);
  return path;
}
