import { mkdirSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { withOracle } from '../../src/agent/oracle';
import { planExact } from '../../src/core/exact/plan-exact';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema, planSchema } from '../../src/core/plan/schema';
import { profileWith } from '../core/plan/profiles';
import { modelNamed } from '../core/plan/truth-rows';
import { programOnPath } from '../support/programs';
import { sparseModel } from '../support/sparse-model';
import { temporaryFolder } from '../support/temporary';

const program = programOnPath('llama-fit-params');
if (program === null) console.warn('llama-fit-params is not on PATH: its dry run is not asked.');

const folder = temporaryFolder();
mkdirSync(folder.path, { recursive: true });
afterAll(() => rmSync(folder.path, { recursive: true, force: true }));

const host = profileWith({ ramGib: 200 });
const never = new AbortController().signal;

/** A model of the fixtures whose file is there, as far as its header goes. */
function present(name: string) {
  const model = modelNamed(name);
  return { ...model, source: { ...model.source, locator: sparseModel(name, folder.path) } };
}

describe.skipIf(program === null)("llama.cpp's own dry run", () => {
  it.each([
    'llama-3.1-8b',
    'gemma-3-12b',
    'qwen3-next-80b-a3b',
    'gpt-oss-20b',
    'deepseek-v2-lite',
    'lfm2-8b-a1b',
  ])('agrees with a plan of %s to the MiB', async (name) => {
    const model = present(name);
    const plan = planModel(model, host, planRequestSchema.parse({ context: 4096, parallel: 2 }));
    const asked = await withOracle(plan, model, host, program, never);
    expect(asked.oracle).toMatchObject({ state: 'asked', program, reason: null });
    expect(asked.oracle!.rows).toHaveLength(1);
    for (const row of asked.oracle!.rows) {
      expect([row.planned_model_mib, row.planned_context_mib, row.planned_compute_mib]).toEqual([
        row.model_mib,
        row.context_mib,
        row.compute_mib,
      ]);
    }
    expect(asked.findings).toEqual(plan.findings);
    expect(planSchema.parse(asked)).toEqual(asked);
  });

  it('is asked for exact arguments, whatever their tool', async () => {
    const model = present('gemma-3-12b');
    for (const tool of ['llama-server', 'llama-bench', 'llama-fit-params'] as const) {
      const argv =
        tool === 'llama-bench'
          ? ['-p', '3000', '-ctk', 'q8_0', '-ctv', 'q8_0']
          : ['-c', '3000', '--swa-full'];
      const asked = await withOracle(planExact(model, host, argv, tool), model, host, program, never);
      expect(asked.oracle).toMatchObject({ state: 'asked' });
      expect(asked.findings.map(({ code }) => code)).not.toContain('oracle-disagrees');
    }
  });

  it('sees only the devices of this machine, and the plan says so', async () => {
    const model = present('llama-3.1-8b');
    const card = profileWith({ gpus: [{}] });
    const asked = await withOracle(
      planExact(model, card, ['-c', '4096'], 'llama-server'),
      model,
      card,
      program,
      never,
    );
    expect(asked.oracle!.rows.map(({ device }) => device)).toEqual(['host']);
    expect(asked.oracle!.reason).toContain('no GPU');
  });

  it('contradicts a plan that is wrong, by component and device', async () => {
    const model = present('llama-3.1-8b');
    const [tensor, ...others] = model.tensors;
    const wrong = { ...model, tensors: [{ ...tensor!, bytes: tensor!.bytes * 3 }, ...others] };
    const asked = await withOracle(
      planExact(wrong, host, ['-c', '4096'], 'llama-server'),
      wrong,
      host,
      program,
      never,
    );
    expect(asked.findings.find(({ code }) => code === 'oracle-disagrees')).toMatchObject({
      path: '/oracle/rows/0/model_mib',
      severity: 'warning',
    });
  });

  it('that fails is no failure of the plan', async () => {
    const model = { ...modelNamed('llama-3.1-8b') };
    const asked = await withOracle(
      planExact(model, host, ['-c', '4096'], 'llama-server'),
      model,
      host,
      program,
      never,
    );
    expect(asked.oracle).toMatchObject({ state: 'skipped', program });
    expect(asked.oracle!.reason).toContain('gave up');
  });
});

describe('an oracle that cannot be asked', () => {
  it('is skipped with the reason where the model has no file here', async () => {
    const model = {
      ...modelNamed('llama-3.1-8b'),
      source: { kind: 'catalog', locator: 'x', tensors: 'derived' } as const,
    };
    const plan = await withOracle(
      planExact(model, host, ['-c', '4096'], 'llama-server'),
      model,
      host,
      null,
      never,
    );
    expect(plan.oracle).toMatchObject({ state: 'skipped', program: null });
    expect(plan.oracle!.reason).toContain('on this machine');
  });

  it('is skipped where the named program is not there', async () => {
    const model = modelNamed('llama-3.1-8b');
    const asked = await withOracle(
      planExact(model, host, ['-c', '4096'], 'llama-server'),
      model,
      host,
      '/no/such/program',
      never,
    );
    expect(asked.oracle!.reason).toContain('/no/such/program');
  });

  it('ends with the caller', async () => {
    const model = modelNamed('llama-3.1-8b');
    const plan = planExact(model, host, ['-c', '4096'], 'llama-server');
    await expect(withOracle(plan, model, host, process.execPath, AbortSignal.abort())).rejects.toThrow();
  });
});
