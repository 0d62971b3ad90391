import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/agent/read-model';
import { ExpectedError } from '../../src/contract/errors';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/schema';
import { emptyProfile } from '../contract/small-handlers';
import { llamaConfig, llamaWeights, writeSafetensors } from '../core/model/safetensors/write-safetensors';
import { emptyFolder, put } from '../host/read/folder';

const { signal } = new AbortController();
const config = JSON.stringify(llamaConfig);

async function failureOf(reference: string): Promise<ExpectedError['failure']> {
  const error: unknown = await readModel(reference, signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return (error as ExpectedError).failure;
}

/** A model in two files and their index. */
function putShards(folder: string): string {
  const weights = llamaWeights();
  const halves = [weights.slice(0, 10), weights.slice(10)];
  const map = halves.flatMap((half, index) =>
    half.map(({ name }) => [name, `model-0000${index + 1}-of-00002.safetensors`]),
  );
  halves.forEach((half, index) =>
    put(folder, `model-0000${index + 1}-of-00002.safetensors`, writeSafetensors(half)),
  );
  return put(folder, 'model.safetensors.index.json', JSON.stringify({ weight_map: Object.fromEntries(map) }));
}

describe('published weights', () => {
  it('are read from their file, their folder and with a quantisation', async () => {
    const folder = join(emptyFolder(), 'Small-1B');
    const file = put(folder, 'model.safetensors', writeSafetensors(llamaWeights()));
    put(folder, 'config.json', config);
    for (const reference of [file, folder, `${file}:Q8_0`, `${folder}:Q8_0`]) {
      const model = await readModel(reference, signal);
      expect(model).toMatchObject({ name: 'Small-1B', architecture: 'llama', findings: [] });
      expect(model.quant).toBe(reference.endsWith('Q8_0') ? 'Q8_0' : 'Q4_K_M');
    }
  });

  it.each(['model.safetensors.index.json', 'model-00002-of-00002.safetensors', '.'])(
    'in several files are read from %s',
    async (name) => {
      const folder = emptyFolder();
      putShards(folder);
      put(folder, 'config.json', config);
      const model = await readModel(join(folder, name), signal);
      expect(model).toMatchObject({ architecture: 'llama', findings: [] });
    },
  );

  it('of which a file is missing are told as such, and planned from their config where there is one', async () => {
    const folder = emptyFolder();
    const index = put(
      folder,
      'model.safetensors.index.json',
      JSON.stringify({ weight_map: { a: 'gone.safetensors' } }),
    );
    const failure = await failureOf(index);
    expect(failure.code).toBe('missing-part');
    expect(failure.message).toContain('gone.safetensors');
    put(folder, 'config.json', config);
    expect((await readModel(folder, signal)).findings).toMatchObject([{ code: 'weights-incomplete' }]);
  });

  it('that lie outside their folder are not followed', async () => {
    const folder = emptyFolder();
    put(folder, 'secret.safetensors', writeSafetensors(llamaWeights()));
    const index = put(
      folder,
      'sub/model.safetensors.index.json',
      JSON.stringify({ weight_map: { a: '../secret.safetensors' } }),
    );
    expect(await failureOf(index)).toMatchObject({
      code: 'damaged-model',
      details: { reason: 'index-outside' },
    });
  });

  it('without a config are weights alone, whose plan is unknown by name, and take no quantisation', async () => {
    const file = put(emptyFolder(), 'own.safetensors', writeSafetensors(llamaWeights()));
    const model = await readModel(file, signal);
    expect(model).toMatchObject({ name: 'own', findings: [{ code: 'config-missing' }] });
    expect(planModel(model, emptyProfile, planRequestSchema.parse({})).verdict).toBe('unknown');
    expect((await failureOf(`${file}:Q8_0`)).code).toBe('invalid-reference');
  });

  it.each([
    ['nothing', '', 'not-a-model'],
    ['a page', '<!doctype html>', 'not-a-model'],
    ['a header cut off', Buffer.from(writeSafetensors(llamaWeights())).subarray(0, 100), 'truncated'],
  ])('that are %s are refused', async (_, content, code) => {
    const failure = await failureOf(put(emptyFolder(), 'model.safetensors', content));
    expect(failure.code).toBe(code);
    expect(failure.remedy).toMatch(/\.$/);
  });

  it('of a file that is not there are not found', async () => {
    expect((await failureOf('/no/such/model.safetensors')).code).toBe('not-found');
  });
});
