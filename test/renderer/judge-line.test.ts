import { describe, expect, it } from 'vitest';
import { planRequestSchema } from '../../src/core/plan/schema';
import { judgeLine } from '../../src/renderer/planner/judge-line';
import { profileWith } from '../core/plan/profiles';
import { modelNamed } from '../core/plan/truth-rows';

const request = planRequestSchema.parse({});

function judged(line: string) {
  return judgeLine(modelNamed('llama-3.1-8b'), profileWith(), request, { line, tool: 'llama-server' }, null);
}

describe('arguments typed in the window', () => {
  it('are judged for the tool that is chosen, or the one that was pasted with them', () => {
    expect(judged('-c 4096 -cram 0')).toMatchObject({
      kind: 'planned',
      plan: { exact: { tool: 'llama-server' } },
    });
    expect(judged('llama-bench -p 64')).toMatchObject({
      kind: 'planned',
      plan: { exact: { tool: 'llama-bench' } },
    });
  });

  it('are told word by word where they cannot stand', () => {
    expect(judged('-c 4096 --bogus -np x')).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'invalid-arguments',
        details: { problems: [{ argument: '--bogus' }, { argument: '-np' }] },
      },
    });
    expect(judged("-m 'open")).toMatchObject({ kind: 'failed', failure: { code: 'invalid-arguments' } });
    expect(judged('-dev CUDA5')).toMatchObject({
      failure: { details: { problems: [{ argument: '-dev' }] } },
    });
  });
});
