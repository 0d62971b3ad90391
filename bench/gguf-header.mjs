import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';
import { string, u32, u64 } from './shared/gguf-bytes.mjs';

const RUNS = 15;

/**
 * Reading the header of a GGUF file with a vocabulary of 262,144 tokens: ours, only reading the bytes, and the readers of
 * node-llama-cpp and @huggingface/gguf where PLIMSOLL_BENCH_PEERS names a folder whose node_modules holds them.
 */
export async function run() {
  return inFolder(async (folder) => {
    const path = realVocabulary() ?? writeVocabulary(join(folder, 'made-up-vocabulary.gguf'));
    say(`${basename(path)}, ${(readFileSync(path).length / 1e6).toFixed(1)} MB`);
    await measure('plimsoll', await ourReader(), path, RUNS);
    await measure('reading the bytes', (file) => readFileSync(file), path, RUNS);
    await measurePeer('node-llama-cpp', (module) => (file) => module.readGgufFileInfo(file), path);
    await measurePeer(
      '@huggingface/gguf',
      (module) => (file) => module.gguf(file, { allowLocalFile: true }),
      path,
    );
  });
}

async function measure(name, read, path, runs) {
  const times = [];
  for (let index = 0; index < runs; index++) {
    const start = performance.now();
    await read(path);
    times.push(performance.now() - start);
  }
  const [first, ...warm] = times;
  warm.sort((left, right) => left - right);
  const median = warm[warm.length >> 1];
  say(
    `${name.padEnd(20)} first ${first.toFixed(1)} ms, then median ${median.toFixed(1)} ms (${warm[0].toFixed(1)} to ${warm.at(-1).toFixed(1)}, n ${warm.length})`,
  );
}

async function measurePeer(name, readerOf, path) {
  const peers = process.env.PLIMSOLL_BENCH_PEERS;
  if (!peers) return say(`skipped: ${name} (PLIMSOLL_BENCH_PEERS names no folder)`);
  let module;
  try {
    module = await importFrom(peers, name);
  } catch (error) {
    return say(`skipped: ${name} (${String(error.message).split('\n')[0]})`);
  }
  await measure(name, readerOf(module), path, 4);
}

/** Imports a package of another folder's node_modules by its own `import` entry. */
async function importFrom(folder, name) {
  const require = createRequire(join(resolve(folder), 'package.json'));
  const manifest = join(resolve(folder), 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) throw new Error(`not installed in ${folder}`);
  const { exports, main } = require(manifest);
  const entry = importEntry(exports?.['.'] ?? exports) ?? main ?? 'index.js';
  return import(pathToFileURL(join(dirname(manifest), entry)).href);
}

function importEntry(entry) {
  if (typeof entry === 'string' || entry === undefined) return entry;
  return importEntry(entry.import ?? entry.node ?? entry.default);
}

async function ourReader() {
  const { readHeader } = await loadSources(['host/read/header']);
  const { signal } = new AbortController();
  return (file) => readHeader(file, signal);
}

/** Gemma 4's vocabulary as llama.cpp's sources hold it, beside the folder on PATH that holds llama-server. */
function realVocabulary() {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => existsSync(join(folder, 'llama-server')));
  const paths = folders.map((folder) => join(dirname(folder), 'vocab', 'ggml-vocab-gemma-4.gguf'));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** A header of the same size and shape: tokens, scores, types and merges. */
function writeVocabulary(path) {
  const tokens = Array.from({ length: 262_144 }, (_, index) => `▁token${index}`);
  const merges = Array.from({ length: 514_906 }, (_, index) => `▁to ${index}`);
  const parts = [Buffer.from('GGUF'), u32(3), u64(0), u64(5)];
  parts.push(string('general.architecture'), u32(8), string('gemma4'));
  parts.push(stringArray('tokenizer.ggml.tokens', tokens), stringArray('tokenizer.ggml.merges', merges));
  for (const key of ['tokenizer.ggml.scores', 'tokenizer.ggml.token_type']) {
    parts.push(string(key), u32(9), u32(5), u64(tokens.length), Buffer.alloc(4 * tokens.length));
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

function stringArray(key, values) {
  return Buffer.concat([string(key), u32(9), u32(8), u64(values.length), ...values.map(string)]);
}
