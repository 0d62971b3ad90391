import { describe, expect, it } from 'vitest';
import { serverNames, dryRunNames, uncountedOptions } from '../../../src/core/exact/option-names';
import { shapingOptions } from '../../../src/core/exact/options';
import { reachingOptions, reachingWords } from '../../../src/core/exact/reaching-options';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';

describe('what reaches beyond running a model', () => {
  it('is in no command of a plan', () => {
    const profile = profileWith({ gpus: [{ vram_free_mib: 10_000 }] });
    const { commands } = planModel(modelNamed('qwen3-30b-a3b'), profile, planRequestSchema.parse({}));
    expect(commands.flatMap(reachingWords)).toEqual([]);
  });

  it('is told of a command: variables that load libraries, options that write, fetch or listen', () => {
    const argv = ['-m', 'a.gguf', '--log_file', '/etc/x', '--host', '0.0.0.0', '--temp', '0.5', '-hf', 'a/b'];
    const env = { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', LD_PRELOAD: '/tmp/evil.so' };
    const words = reachingWords({ tool: 'llama-server', argv, env });
    expect(words).toEqual(['LD_PRELOAD', '--log_file', '--host', '-hf']);
  });

  it('names only options that llama.cpp has', () => {
    const known = new Set([
      ...shapingOptions.keys(),
      ...serverNames.plain,
      ...serverNames.valued,
      ...dryRunNames.valued,
      ...Object.keys(uncountedOptions),
    ]);
    expect([...reachingOptions].filter((name) => !known.has(name))).toEqual([]);
  });
});
