import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { writeBallastOf } from '../../src/agent/write-ballast';
import { layoutBallast } from '../../src/core/ballast/layout-ballast';
import { catalogModel } from '../../src/core/catalog/models';
import { writeBallast } from '../../src/host/write-ballast';
import { programOnPath } from '../support/programs';
import { temporaryFolder } from '../support/temporary';

const bench = programOnPath('llama-bench');
const isRoot = process.getuid?.() === 0;
const canMount = process.platform === 'linux' && isRoot && programOnPath('mount') !== null && tmpfsWorks();
const folder = temporaryFolder();
afterAll(() => folder.remove());
afterEach(() => {
  for (const name of readdirSync(folder.path))
    rmSync(join(folder.path, name), { recursive: true, force: true });
});

const quiet = { signal: new AbortController().signal, progress: () => undefined };
const small = { quant: 'Q4_K_M', layers: 2 } as const;
const wish = { reference: 'qwen3-0.6b', ...small, seed: 0 };
const layout = layoutBallast(catalogModel('qwen3-0.6b', null)!, small);

function tmpfsWorks(): boolean {
  const place = temporaryFolder();
  const point = place.path;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', point], { stdio: 'ignore' });
    execFileSync('umount', [point]);
    return true;
  } catch {
    return false;
  } finally {
    place.remove();
  }
}

describe('writing a ballast', () => {
  it('gives a file of the size it said, the same for the same seed', async () => {
    const first = join(folder.path, 'a.gguf');
    const written = await writeBallastOf({ ...wish, out: first }, quiet, folder.path);
    expect(written).toMatchObject({
      layers: 2,
      block_count: 28,
      quant: 'Q4_K_M',
      bytes: statSync(first).size,
    });
    await writeBallastOf({ ...wish, out: join(folder.path, 'b.gguf') }, quiet, folder.path);
    await writeBallastOf({ ...wish, seed: 1, out: join(folder.path, 'c.gguf') }, quiet, folder.path);
    const [one, same, other] = ['a', 'b', 'c'].map((name) => readFileSync(join(folder.path, `${name}.gguf`)));
    expect(one!.equals(same!)).toBe(true);
    expect(one!.equals(other!)).toBe(false);
    expect(readdirSync(folder.path).sort()).toStrictEqual(['a.gguf', 'b.gguf', 'c.gguf']);
  });

  it('never replaces a file', async () => {
    const path = join(folder.path, 'mine.gguf');
    writeFileSync(path, 'a model');
    await expect(writeBallastOf({ ...wish, out: path }, quiet, folder.path)).rejects.toMatchObject({
      failure: { message: expect.stringContaining('would replace') as string },
    });
    expect(readFileSync(path, 'utf8')).toBe('a model');
  });

  it('leaves nothing where it is cancelled half-way', async () => {
    const controller = new AbortController();
    const onProgress = (bytes: number) => bytes > layout.fileBytes / 2 && controller.abort();
    const writing = writeBallast(join(folder.path, 'x.gguf'), layout, {
      seed: 0,
      signal: controller.signal,
      onProgress,
    });
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it('says what a disk lacks before anything is written', async () => {
    const huge = { ...layout, fileBytes: 2 ** 52 };
    const writing = writeBallast(join(folder.path, 'x.gguf'), huge, {
      seed: 0,
      signal: quiet.signal,
      onProgress: () => undefined,
    });
    await expect(writing).rejects.toMatchObject({
      code: 'full',
      remedy: expect.stringContaining('--layers') as string,
    });
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it.each([
    [{ quant: 'Q99' }, 'unknown-quant'],
    [{ layers: 29 }, 'too-many-layers'],
  ])('refuses %j', async (change, code) => {
    const writing = writeBallastOf(
      { ...wish, ...change, out: join(folder.path, 'x.gguf') },
      quiet,
      folder.path,
    );
    await expect(writing).rejects.toMatchObject({ failure: { code } });
  });

  it('sweeps what a writer left that was killed outright', async () => {
    const child = spawn(
      process.execPath,
      ['bin/plimsoll.mjs', 'ballast', 'llama-3.1-8b', '--out', join(folder.path, 'big.gguf')],
      { stdio: 'ignore', env: { ...process.env, PLIMSOLL_DATA_DIR: folder.path } },
    );
    while (!readdirSync(folder.path).some((name) => name.endsWith('.ballast-partial'))) {
      expect(child.exitCode).toBeNull();
      await sleep(20);
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeBallastOf({ ...wish, out: join(folder.path, 'small.gguf') }, quiet, folder.path);
    expect(readdirSync(folder.path).filter((name) => name.includes('gguf'))).toStrictEqual(['small.gguf']);
  });

  it.skipIf(isRoot)('says that a folder may not be written (needs a user who is not root)', async () => {
    const locked = join(folder.path, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const writing = writeBallastOf({ ...wish, out: join(locked, 'x.gguf') }, quiet, folder.path);
    await expect(writing).rejects.toMatchObject({ failure: { code: 'no-permission' } });
  });
});

function mounted(options: string): string {
  const point = join(folder.path, 'mount');
  mkdirSync(point, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', point]);
  return point;
}

describe.skipIf(!canMount)('on a file system of its own (needs root and tmpfs)', () => {
  it('leaves nothing where the disk fills up half-way', async () => {
    const point = mounted('size=260m');
    try {
      let filled = false;
      const onProgress = (bytes: number) => {
        if (filled || bytes < 40e6) return;
        filled = true;
        writeFileSync(join(point, 'others'), Buffer.alloc(140 * 2 ** 20));
      };
      const writing = writeBallast(join(point, 'x.gguf'), layout, {
        seed: 0,
        signal: quiet.signal,
        onProgress,
      });
      await expect(writing).rejects.toMatchObject({ code: 'full' });
      expect(readdirSync(point)).toStrictEqual(['others']);
    } finally {
      execFileSync('umount', [point]);
    }
  });

  it('says that it is read-only', async () => {
    const point = mounted('size=1g,ro');
    try {
      const writing = writeBallastOf({ ...wish, out: join(point, 'x.gguf') }, quiet, folder.path);
      await expect(writing).rejects.toMatchObject({ failure: { code: 'read-only' } });
    } finally {
      execFileSync('umount', [point]);
    }
  });
});

describe.skipIf(bench === null)('llama.cpp runs a ballast (needs llama-bench on PATH)', () => {
  it.each([
    ['qwen3-0.6b', 'Q4_K_M', 2],
    ['qwen3-0.6b', 'F16', 2],
    ['olmoe-1b-7b', 'Q4_K_M', 2],
    ['granite-4.0-h-tiny', 'IQ4_XS', 6],
    ['gemma-3-4b', 'IQ3_XXS', 6],
    ['smollm3-3b', 'Q4_K_M', 4],
  ])('of %s at %s with %d layers', async (reference, quant, layers) => {
    const out = join(folder.path, 'model.gguf');
    const { bytes } = await writeBallastOf({ reference, quant, layers, out, seed: 0 }, quiet, folder.path);
    expect(bytes).toBeLessThan(700e6);
    expectToRun(out);
  });

  it('of a narrow gpt-oss at MXFP4, with sinks, biases and experts', async () => {
    const config = join(folder.path, 'config.json');
    writeFileSync(config, JSON.stringify(narrowGptOss));
    const out = join(folder.path, 'model.gguf');
    const { quant } = await writeBallastOf(
      { reference: config, quant: 'MXFP4', layers: 2, out, seed: 0 },
      quiet,
      folder.path,
    );
    expect(quant).toBe('MXFP4_MOE');
    expectToRun(out);
  });
});

/** The shape of gpt-oss 20B, an eighth as wide. */
const narrowGptOss = {
  architectures: ['GptOssForCausalLM'],
  model_type: 'gpt_oss',
  hidden_size: 512,
  intermediate_size: 512,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 64,
  num_local_experts: 32,
  num_experts_per_tok: 4,
  sliding_window: 128,
  vocab_size: 32_000,
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
};

function expectToRun(path: string): void {
  const argumentsOfRun = ['-m', path, '-p', '16', '-n', '4', '-r', '1', '-t', '2', '-o', 'json'];
  const printed = execFileSync(bench!, argumentsOfRun, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rows = JSON.parse(printed) as { avg_ts: number }[];
  expect(rows).toHaveLength(2);
  expect(rows.every(({ avg_ts: speed }) => speed > 0)).toBe(true);
}
