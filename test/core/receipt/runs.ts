import { readFileSync } from 'node:fs';

/** A captured run of llama.cpp, by its file's name. */
export function capturedRun(name: string): string {
  return readFileSync(new URL(`../../fixtures/llama-runs/${name}`, import.meta.url), 'utf8');
}
