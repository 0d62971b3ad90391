import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makePlan } from '../../src/agent/make-plan';
import { type CommandInput, commands } from '../../src/contract/commands';
import { MIB } from '../../src/core/units';
import { profileWith } from '../core/plan/profiles';
import { modelNamed } from '../core/plan/truth-rows';
import { writeSparseGguf } from '../support/sparse-gguf';
import { sparseModel } from '../support/sparse-model';
import { temporaryFolder } from '../support/temporary';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const model = sparseModel('llama-3.1-8b', folder.path);
const profile = profileWith({ gpus: [{}] });

function plan(input: CommandInput<'plan.make'>) {
  const parsed = commands['plan.make'].input.parse({ profile, ...input });
  const task = { signal: new AbortController().signal, emit: () => undefined };
  return makePlan(parsed, task as never, folder.path);
}

/** An image projector of 64 MiB. */
function projector(): string {
  const path = join(folder.path, 'mmproj.gguf');
  const tensor = { name: 'v.blk.0.attn_q.weight', type: 'f16', dimensions: [4096, 8192], bytes: 64 * MIB };
  writeSparseGguf(path, {
    ...modelNamed('llama-3.1-8b'),
    architecture: 'clip',
    metadata: { 'general.architecture': 'clip', 'general.type': 'mmproj' },
    tensors: [{ ...tensor, layer: 0, role: 'other' }],
  });
  return path;
}

describe('exact arguments', () => {
  it('may name the model themselves', async () => {
    const made = await plan({ exact: { arguments: `llama-server -m '${model}' -c 4096 -np 1 -ngl 99` } });
    expect(made).toMatchObject({
      verdict: 'ship',
      exact: { tool: 'llama-server' },
      model: { locator: model },
    });
    expect(made.findings.map(({ code }) => code)).not.toContain('reference-wins');
  });

  it('give way to a model that stands beside them, and that is said', async () => {
    const made = await plan({ reference: model, exact: { arguments: ['-m', 'other.gguf', '-c', '4096'] } });
    expect(made.model.locator).toBe(model);
    expect(made.findings[0]).toMatchObject({ code: 'reference-wins' });
  });

  it('that name no model anywhere are wrong usage', async () => {
    await expect(plan({ exact: { arguments: '-c 4096' } })).rejects.toMatchObject({
      failure: { code: 'no-model' },
    });
  });

  it('that cannot stand are named, each with its place', async () => {
    await expect(
      plan({ reference: model, exact: { arguments: '-c 4096 --bogus -np 0' } }),
    ).rejects.toMatchObject({
      failure: {
        code: 'invalid-arguments',
        details: {
          problems: [
            { argument: '--bogus', position: 2 },
            { argument: '-np', position: 3 },
          ],
        },
      },
    });
  });

  it('have their companions read and counted', async () => {
    const line = `-m ${model} -c 4096 -np 1 -ngl 99 -cram 0`;
    const without = await plan({ exact: { arguments: line } });
    const image = await plan({ exact: { arguments: `${line} --mmproj ${projector()}` } });
    expect(image.memory[0]!.overhead_bytes! - without.memory[0]!.overhead_bytes!).toBe(
      Math.ceil(64 * MIB * 1.4),
    );
    const draft = await plan({ exact: { arguments: line }, draft: model });
    expect(draft.memory[0]!.overhead_bytes!).toBeGreaterThan(without.memory[0]!.overhead_bytes! + 4400 * MIB);
    expect(draft.commands[0]!.argv.slice(-2)).toEqual(['-md', model]);
  });
});

describe('companions of a plan', () => {
  it('must be what they are said to be', async () => {
    await expect(plan({ reference: model, mmproj: model })).rejects.toMatchObject({
      failure: { code: 'not-a-projector' },
    });
    await expect(plan({ reference: model, mmproj: '/no/such.gguf' })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    });
  });

  it('are counted and stand among the flags', async () => {
    const made = await plan({ reference: model, mmproj: projector(), draft: model });
    expect(made.flags).toContain('--mmproj');
    expect(made.flags).toContain('-md');
    expect(made.assumptions.map(({ name }) => name)).toContain('image projector on gpu0');
  });
});
