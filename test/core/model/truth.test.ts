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
const sizes = json('headers/sizes.json') as Record<string, { file_bytes: number }>;
const rows = json('truth/llama-cpp-v0.5.0.json') as readonly Row[];

function json(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
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

/** Bytes of caches and states as llama.cpp allots them, every sequence in a stream of its own. */
function contextBytes(model: Model, args: string): number {
  const sequences = argument(args, '-np', 1);
  const microBatch = Math.min(argument(args, '-ub', 512), argument(args, '-b', 2048));
  const cells = padTo(padTo(argument(args, '-c', 4096), 256) / sequences, 256);
  const perElement = args.includes('-ctk q8_0 -ctv q8_0') ? 34 / 32 : 2;
  const layers = model.layers!;
  // without flash attention every layer's values take as much room as the widest's
  const widest = Math.max(...layers.map(({ cache }) => cache?.value_elements ?? 0));
  let bytes = 0;
  for (const { cache, state } of layers) {
    if (state) bytes += 4 * (state.r_elements + state.s_elements) * sequences;
    if (!cache) continue;
    const isWhole = cache.window === null || args.includes('--swa-full');
    const kept = isWhole ? cells : padTo(Math.min(cells, cache.window! + microBatch), 256);
    const values = args.includes('-fa off') && cache.value_elements > 0 ? widest : cache.value_elements;
    bytes += perElement * (cache.key_elements + values) * kept * sequences;
  }
  return bytes;
}

describe('what a context takes', () => {
  it.each(rows)('is what llama.cpp allots to $model with $args', ({ model, args, devices }) => {
    const reported = devices.reduce((sum, device) => sum + device.context_mib, 0);
    const actual = contextBytes(modelNamed(model), args) / MIB;
    // each device's figure is rounded down to whole MiB
    expect(actual).toBeGreaterThanOrEqual(reported);
    expect(actual).toBeLessThan(reported + devices.length);
  });
});
