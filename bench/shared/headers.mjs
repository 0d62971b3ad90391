import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the files that the captured headers were cut from, by name. */
export const headerSizes = JSON.parse(readFileSync('test/fixtures/headers/sizes.json', 'utf8'));

/** The model of a captured header, a new object each time. `ours` holds `readGguf` and `modelFromGguf`. */
export function readHeader(ours, name) {
  const head = readFileSync(headerPath(name));
  const reading = ours.readGguf(headerSizes[name].file_bytes);
  let step = reading.next();
  while (!step.done) {
    const { offset, length } = step.value;
    step = reading.next(head.subarray(offset, offset + length));
  }
  return ours.modelFromGguf(step.value, name, `${name}.gguf`);
}

/** A file of the model's size with its header and no weights. */
export function writeSparse(folder, name) {
  const path = join(folder, `${name}.gguf`);
  copyFileSync(headerPath(name), path);
  truncateSync(path, headerSizes[name].file_bytes);
  return path;
}

function headerPath(name) {
  return `test/fixtures/headers/${name}.gguf.head`;
}
