import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../../src/core/model/schema';
import { MIB, padTo } from '../../../src/core/units';
import { readBytes } from './gguf/drive';

interface Row {
  readonly model: string;
  readonly args: string;
  readonly devices: readonly { device: string; model_mib: number; context_mib: number }[];
}

const fixtures = new URL('../../fixtures/', import.meta.url);
const sizes = json<Record<string, { header_bytes: number; file_bytes: number }>>('headers/sizes.json');
const rows = json<Row[]>('truth/llama-cpp-v0.5.0.json');

function json<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8')) as T;
}

function modelNamed(name: string): Model {
  const head = readFileSync(new URL(`headers/${name}.gguf.head`, fixtures));
  return modelFromGguf(readBytes(head, sizes[name]!.file_bytes), name, `${name}.gguf`);
}

/** Value of a llama.cpp argument, `fallback` where it is not given. */
function argument(args: string, flag: string, fallback: number): number {
  const words = args.split(' ');
  const at = words.indexOf(flag);
  return at < 0 ? fallback : Number(words[at + 1]);
}

/** Bytes of caches and states in f16, as `docs/spec/kv-cache.md` says, with every sequence its own stream. */
function contextBytes(model: Model, args: string): number {
  const sequences = argument(args, '-np', 1);
  const microBatch = Math.min(argument(args, '-ub', 512), argument(args, '-b', 2048));
  const cells = padTo(padTo(argument(args, '-c', 4096), 256) / sequences, 256);
  let bytes = 0;
  for (const { cache, state } of model.layers!) {
    if (state) bytes += 4 * (state.r_elements + state.s_elements) * sequences;
    if (!cache) continue;
    const windowCells =
      cache.window === null ? cells : padTo(Math.min(cells, cache.window + microBatch), 256);
    bytes += 2 * (cache.key_elements + cache.value_elements) * windowCells * sequences;
  }
  return bytes;
}

const plainRows = rows.filter(
  ({ args }) => args.includes('-ngl 99') && !/-ctk|-ctv|-fa off|-kvu|--swa-full/.test(args),
);

describe('what a context takes', () => {
  it.each(plainRows)('is what llama.cpp allots to $model with $args', ({ model, args, devices }) => {
    const expected = devices.reduce((sum, device) => sum + device.context_mib, 0);
    const actual = contextBytes(modelNamed(model), args) / MIB;
    expect(actual).toBeGreaterThanOrEqual(expected);
    expect(actual).toBeLessThan(expected + devices.length);
  });
});
