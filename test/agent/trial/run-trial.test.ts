import { afterAll, describe, expect, it } from 'vitest';
import { runTrial } from '../../../src/agent/trial/run-trial';
import { commands } from '../../../src/contract/commands';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { profileWith } from '../../core/plan/profiles';
import { modelNamed } from '../../core/plan/truth-rows';
import { temporaryFolder } from '../../support/temporary';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const task = { signal: new AbortController().signal, progress: () => {} };
const options = {
  generator: 'test',
  dataDirectory: folder.path,
  memoryWorker: '',
  embeddedRunner: '',
  now: () => '2026-01-01T00:00:00.000Z',
};

describe('a trial of a plan from a file', () => {
  it.each([
    { env: { LD_PRELOAD: '/tmp/own.so' }, more: [] },
    { env: {}, more: ['--log-file', '/tmp/own.log'] },
    { env: {}, more: ['--rpc', '192.0.2.1:50052'] },
  ])('does not begin where its command reaches beyond running a model: %o', async ({ env, more }) => {
    const plan = planModel(modelNamed('llama-3.1-8b'), profileWith(), planRequestSchema.parse({}));
    const reaching = plan.commands.map((command) => ({ ...command, env, argv: [...command.argv, ...more] }));
    const input = commands['trial.run'].input.parse({ plan: { ...plan, commands: reaching } });
    await expect(runTrial(input, task, options)).rejects.toMatchObject({
      failure: { code: 'reaching-plan' },
    });
  });
});
