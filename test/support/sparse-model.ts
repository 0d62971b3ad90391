import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a real model's exact header and size that takes no disk: the captured header, made sparse to its full length. */
export function sparseModel(name: string, folder: string): string {
  const sizes = JSON.parse(readFileSync('test/fixtures/headers/sizes.json', 'utf8')) as Record<
    string,
    { file_bytes: number }
  >;
  const path = join(folder, `${name}.gguf`);
  copyFileSync(`test/fixtures/headers/${name}.gguf.head`, path);
  truncateSync(path, sizes[name]!.file_bytes);
  return path;
}
