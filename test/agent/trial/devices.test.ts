import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { refuseOtherDevices } from '../../../src/agent/trial/devices';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { profileWith } from '../../core/plan/profiles';
import { modelNamed } from '../../core/plan/truth-rows';
import { temporaryFolder } from '../../support/temporary';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A program that answers every question with this list. */
function program(list: string): string {
  const path = join(folder.path, `llama-server-${list}`);
  writeFileSync(path, `#!/bin/sh\ncat '${process.cwd()}/test/fixtures/listed-devices/${list}.txt'\n`);
  chmodSync(path, 0o755);
  return path;
}

function looked(list: string, gpus = 2, tool: 'llama-server' | 'llama-bench' = 'llama-server') {
  const profile = profileWith({ gpus: Array.from({ length: gpus }, () => ({})) });
  const plan = planModel(modelNamed('llama-3.3-70b'), profile, planRequestSchema.parse({}));
  return refuseOtherDevices(plan, { tool, path: program(list), version: null }, new AbortController().signal);
}

describe.skipIf(process.platform === 'win32')('a runtime for a plan', () => {
  it.each(['llama-server', 'llama-bench'] as const)('of %s that has its devices is taken', async (tool) => {
    await expect(looked('cuda', 2, tool)).resolves.toBeUndefined();
  });

  it('that has none of them is refused, with what it has', async () => {
    await expect(looked('vulkan')).rejects.toMatchObject({
      failure: {
        code: 'runtime-other-devices',
        message: expect.stringContaining(
          'CUDA0, CUDA1; it lists Vulkan0 (AMD Radeon RX 7900 XTX (RADV NAVI31))',
        ),
      },
    });
    await expect(looked('cpu')).rejects.toMatchObject({
      failure: { message: expect.stringContaining('it lists none') },
    });
  });

  it('is not asked where the plan names none, nor refused where it does not say', async () => {
    await expect(looked('cpu', 0)).resolves.toBeUndefined();
    await expect(looked('not-there')).resolves.toBeUndefined();
  });
});
