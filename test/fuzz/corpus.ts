import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Corpus } from './fuzz-readers';

/** The real headers and configs among the fixtures below `root`, the repository's folder. */
export function readCorpus(root: string): Corpus {
  const filesIn = (folder: string, suffix: string) =>
    readdirSync(join(root, 'test/fixtures', folder))
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => readFileSync(join(root, 'test/fixtures', folder, name)));
  return {
    headers: filesIn('headers', '.head').map((bytes) => new Uint8Array(bytes)),
    configs: filesIn('configs', '.json').map(
      (bytes) => JSON.parse(bytes.toString('utf8')) as Record<string, unknown>,
    ),
  };
}
