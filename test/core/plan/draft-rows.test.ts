import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model/schema';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import { exactDefaults, planExact } from '../../../src/core/exact/plan-exact';
import { besideSettings, draftBytes } from '../../../src/core/plan/companions';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { startProblem } from '../../../src/core/plan/starts';
import { MIB } from '../../../src/core/units';
import { readBytes } from '../model/gguf/drive';
import { gpuWith, profileWith } from './profiles';
import { settingsOfRow } from './truth-rows';

interface DraftRow {
  readonly target: string;
  readonly draft: string;
  readonly args: string;
  readonly devices: readonly {
    readonly device: string;
    readonly model_mib: number;
    readonly context_mib: number;
    readonly compute_mib: number;
    readonly output_mib: number;
  }[];
}

const fixtures = new URL('../../fixtures/memory-rows/', import.meta.url);
const rows = JSON.parse(
  readFileSync(new URL('drafts-v0.5.0.json', fixtures)).toString(),
) as readonly DraftRow[];
const headers = JSON.parse(
  brotliDecompressSync(readFileSync(new URL('drafts-headers.json.br', fixtures))).toString(),
) as Readonly<Record<string, { readonly file_bytes: number; readonly head: string }>>;
const models = new Map(
  Object.entries(headers).map(([name, { head, file_bytes }]) => [
    name,
    modelFromGguf(readBytes(Buffer.from(head, 'hex'), file_bytes), name, name),
  ]),
);

/** What DFlash makes the model beside it keep is counted with it, and in no line that llama-server prints. */
function keptBeside({ draft }: DraftRow, width: number, tokens: number): number {
  const layers = models.get(draft)!.metadata['dflash.target_layers'];
  return Array.isArray(layers) ? (layers.length * 4 * width * tokens) / MIB : 0;
}

describe('a draft model that leans on the model it drafts for', () => {
  it.each(rows)('takes what llama-server says for $draft with $args', (row) => {
    const [model, draft] = [models.get(row.target)!, models.get(row.draft)!];
    const settings = settingsOfRow({ ...row, model: row.target }, 'llama-server');
    const bytes = draftBytes(draft, besideSettings(settings), { model, settings })!;
    const ours = bytes.reduce((sum, each) => sum + each, 0) / MIB;
    const theirs = row.devices.reduce(
      (sum, { model_mib, context_mib, compute_mib, output_mib }) =>
        sum + model_mib + context_mib + compute_mib + output_mib,
      0,
    );
    const kept = keptBeside(row, model.embedding_length!, Math.min(settings.microBatch, settings.context));
    expect(Math.abs(ours - kept - theirs)).toBeLessThan(0.3);
  });

  it('is planned with its own way of drafting, and counted in the same words by exact arguments', () => {
    const model = models.get('gemma4-t')!;
    for (const [name, type] of [
      ['assistant', 'draft-mtp'],
      ['dflash-lean', 'draft-dflash'],
    ] as const) {
      const companions = { projector: null, draft: models.get(name)! };
      const profile = profileWith({ gpus: [gpuWith({ vram_free_mib: 40_000 })], ramGib: 64 });
      const plan = planModel(model, profile, planRequestSchema.parse({ context: 4096 }), companions);
      const line = plan.commands[0]!.argv;
      expect(line.join(' ')).toContain(`--spec-type ${type}`);
      expect(plan.verdict).toBe('ship');
      const again = planExact(model, profile, line, 'llama-server', {
        ...exactDefaults,
        companions,
      });
      expect([again.verdict, again.memory]).toEqual(['ship', plan.memory]);
    }
  });

  it('takes what is not known where it keeps inputs of a model whose width is not known', () => {
    const [target, dflash] = [models.get('gemma4-t')!, models.get('dflash-lean')!];
    const settings = settingsOfRow({ ...rows[0]!, model: '' }, 'llama-server');
    const bytesBeside = (model: Model) => draftBytes(dflash, besideSettings(settings), { model, settings });
    expect(bytesBeside(target)).not.toBeNull();
    expect(bytesBeside({ ...target, embedding_length: null })).toBeNull();
  });

  it('does not start alone', () => {
    const settings = settingsOfRow({ ...rows[0]!, model: '' }, 'llama-server');
    for (const name of ['assistant', 'dflash-lean']) {
      expect(startProblem(models.get(name)!, settings)?.rule).toBe('draft-alone');
      expect(startProblem(models.get(name)!, settings, true)).toBeNull();
    }
  });
});
