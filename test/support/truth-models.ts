import { readdirSync, readFileSync } from 'node:fs';
import type { GgufFile } from '../../src/core/model/gguf/gguf-file';
import { readGguf } from '../../src/core/model/gguf/read-gguf';

const fixtures = new URL('../fixtures/', import.meta.url);

/** Names of the models whose real GGUF headers are among the fixtures. */
export const headerNames: readonly string[] = readdirSync(new URL('headers', fixtures))
  .filter((file) => file.endsWith('.gguf.head'))
  .map((file) => file.slice(0, -'.gguf.head'.length));

interface FileSize {
  readonly file_bytes: number;
}
const sizes = readJson('headers/sizes.json') as Record<string, FileSize>;

/** The header of one of these models, read as the program reads it. */
export function headerOf(name: string): GgufFile {
  const head = readFileSync(new URL(`headers/${name}.gguf.head`, fixtures));
  const reading = readGguf(sizes[name]!.file_bytes);
  let step = reading.next();
  while (!step.done) {
    const { offset, length } = step.value;
    step = reading.next(new Uint8Array(head.subarray(offset, offset + length)));
  }
  return step.value;
}

/** A fixture's JSON. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
}
