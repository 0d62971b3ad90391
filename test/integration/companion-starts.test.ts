import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCompanions } from '../../src/agent/companions';
import { planExact } from '../../src/core/exact/plan-exact';
import { modelFromGguf } from '../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../src/core/model/schema';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/schema';
import { profileWith } from '../core/plan/profiles';
import { readBytes } from '../core/model/gguf/drive';
import { killServers, startServer } from '../support/llama-server';
import { programOnPath } from '../support/programs';
import { writeSparseGguf } from '../support/sparse-gguf';
import { writeTinyGguf } from '../support/tiny-gguf';

const missing = programOnPath('llama-server') === null;
if (missing) console.warn('skipped: companions in llama.cpp (llama-server not on PATH)');

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-companions-'));
const request = planRequestSchema.parse({});
const paths = {
  main: join(folder, 'main.gguf'),
  same: join(folder, 'same.gguf'),
  other: join(folder, 'other.gguf'),
  ours: join(folder, 'mmproj.gguf'),
  theirs: join(folder, 'mmproj-of-another.gguf'),
};

beforeAll(() => {
  writeTinyGguf(paths.main);
  writeTinyGguf(paths.same, { layers: 1 });
  writeTinyGguf(paths.other, { layers: 1, moreWords: 200 });
  writeProjector(paths.ours, 64);
  writeProjector(paths.theirs, 96);
});
afterAll(() => {
  killServers();
  rmSync(folder, { recursive: true, force: true });
});

/** Gemma 3's kind of projector with one narrow block, whose tokens are so wide. */
function writeProjector(path: string, output: number): void {
  const vision = {
    image_size: 56,
    patch_size: 14,
    embedding_length: 32,
    feed_forward_length: 64,
    block_count: 1,
    'attention.head_count': 2,
    'attention.layer_norm_epsilon': 1e-6,
    projection_dim: output,
  };
  const shapes: readonly (readonly [name: string, dimensions: readonly number[]])[] = [
    ['v.patch_embd.weight', [14, 14, 3, 32]],
    ['v.patch_embd.bias', [32]],
    ['v.position_embd.weight', [32, 16]],
    ...['attn_q', 'attn_k', 'attn_v', 'attn_out'].map(
      (name) => [`v.blk.0.${name}.weight`, [32, 32]] as const,
    ),
    ...['ln1', 'ln2'].flatMap((name) => [
      [`v.blk.0.${name}.weight`, [32]] as const,
      [`v.blk.0.${name}.bias`, [32]] as const,
    ]),
    ['v.blk.0.ffn_up.weight', [32, 64]],
    ['v.blk.0.ffn_down.weight', [64, 32]],
    ['v.post_ln.weight', [32]],
    ['v.post_ln.bias', [32]],
    ['mm.input_projection.weight', [output, 32]],
    ['mm.soft_emb_norm.weight', [32]],
  ];
  const own = modelFromGguf(readBytes(readFileSync(paths.main)), 'clip', path);
  writeSparseGguf(path, {
    ...own,
    architecture: 'clip',
    metadata: {
      'general.architecture': 'clip',
      'clip.has_vision_encoder': true,
      'clip.projector_type': 'gemma3',
      'clip.use_gelu': true,
      'clip.vision.image_mean': [0.5, 0.5, 0.5],
      'clip.vision.image_std': [0.5, 0.5, 0.5],
      ...Object.fromEntries(Object.entries(vision).map(([key, value]) => [`clip.vision.${key}`, value])),
    },
    tensors: shapes.map(([name, dimensions]) => ({
      name,
      type: 'f32',
      dimensions: [...dimensions],
      bytes: 4 * dimensions.reduce((product, size) => product * size, 1),
      layer: null,
      role: 'other',
    })),
  });
}

function readTiny(path: string): Model {
  return modelFromGguf(readBytes(readFileSync(path)), 'tiny', path);
}

type Named = { readonly draft?: string; readonly mmproj?: string };

async function judged(line: string, { draft, mmproj }: Named) {
  const argv = ['-m', paths.main, ...line.split(' '), ...besides({ draft, mmproj })];
  const named = { draft: draft ?? null, mmproj: mmproj ?? null };
  const companions = await readCompanions(named, new AbortController().signal, folder);
  const plan = planExact(readTiny(paths.main), profileWith(), argv, 'llama-server', { request, companions });
  return { argv, plan };
}

function besides({ draft, mmproj }: { draft: string | undefined; mmproj: string | undefined }) {
  return [
    ...(draft === undefined ? [] : ['-md', draft]),
    ...(mmproj === undefined ? [] : ['--mmproj', mmproj]),
  ];
}

const base = '-c 512 -np 1 -t 1 --fit off';
const drafting = `${base} --spec-type draft-simple`;

describe.skipIf(missing)('what is loaded beside a model, in llama-server itself', () => {
  it.each([
    ['a draft model of the same family', drafting, { draft: paths.same }, 'ship'],
    [
      'a quantised V cache of the draft without fusing',
      `${drafting} -fa off -ctvd q8_0`,
      { draft: paths.same },
      'refuse',
    ],
    [
      'fewer tokens a batch than sequences',
      `-c 512 -np 8 -b 4 -t 1 --spec-type draft-simple`,
      { draft: paths.same },
      'refuse',
    ],
    ['a projector of this model', base, { mmproj: paths.ours }, 'ship'],
    ['a projector of another model', base, { mmproj: paths.theirs }, 'refuse'],
  ] as const)('starts or ends as judged: %s', async (_, line, named, verdict) => {
    const { argv, plan } = await judged(line, named);
    expect(plan.verdict).toBe(verdict);
    const log = await startServer(argv);
    expect(log.includes('listening on http') ? 'ship' : 'refuse', log.slice(-1500)).toBe(verdict);
  });

  it('drafts nothing with -md alone, nor with another vocabulary, as is said', async () => {
    for (const [line, draft] of [
      [base, paths.same],
      [drafting, paths.other],
    ] as const) {
      const { argv, plan } = await judged(line, { draft });
      expect(plan.findings.map(({ code }) => code)).toContain('draft-not-used');
      const log = await startServer(argv);
      expect(log).toContain('listening on http');
      expect(log).not.toContain('speculative decoding context initialized');
    }
  });

  it('drafts with the commands of a plan', async () => {
    const draft = readTiny(paths.same);
    const plan = planModel(readTiny(paths.main), profileWith(), request, { projector: null, draft });
    expect(await startServer(plan.commands[0]!.argv)).toContain('speculative decoding context initialized');
  });
});
