import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeFailure, judgeQuery } from '../../../src/core/reading/nvidia-smi-answer';
import { WANTED_FIELDS } from '../../../src/core/reading/nvidia-smi-query';
import { fixtures, read, captures, asQueried } from './nvidia-smi-captures';

const errors = readdirSync(join(fixtures, 'errors'))
  .filter((name) => name.endsWith('.rc'))
  .map((name) => name.slice(0, -'.rc'.length));

const kindOf = (name: string) => {
  const code = Number(read('errors', `${name}.rc`));
  const answer = judgeQuery(code, read('errors', `${name}.stdout`), '', WANTED_FIELDS);
  return answer.kind === 'failed' ? answer.failure.reason.split(':')[0] : answer.kind;
};

describe('an error of nvidia-smi', () => {
  const expected: Readonly<Record<string, string>> = {
    'real535-no-nvml-lib': 'no-driver-library',
    'stub535-bad-index': 'no-devices',
    'stub535-no-devices': 'no-devices',
    'stub535-handle-no-permission': 'permission',
    'stub535-handle-extpower': 'card-lost',
    'stub535-handle-gpu-lost': 'card-lost',
    'stub535-handle-irq': 'card-lost',
    'stub535-handle-unknown': 'card-lost',
    'stub535-init-error-4': 'permission',
    'stub535-init-error-9': 'no-driver',
    'stub535-init-error-10': 'timeout',
    'stub535-init-error-15': 'gpu-lost',
    'stub535-init-error-16': 'gpu-lost',
    'stub535-init-error-17': 'blocked',
    'stub535-init-error-18': 'driver-mismatch',
    'stub535-field-error-4': 'permission',
    'stub535-field-error-15': 'gpu-lost',
    'stub535-field-error-16': 'gpu-lost',
    'stub535-bad-field': 'unknown-field',
    'stub535-field-with-space': 'unknown-field',
  };

  it.each(errors)('%s is told apart', (name) => {
    expect(kindOf(name)).toBe(
      expected[name] ?? (name.startsWith('real535-no-driver') ? 'no-driver' : 'error'),
    );
  });

  it('is told by its status where the words are new, and by words where the status is', () => {
    expect(judgeFailure(18, 'Etwas ganz anderes', '')).toMatchObject({
      failure: { reason: 'driver-mismatch: Etwas ganz anderes' },
    });
    const text =
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124\n';
    expect(judgeFailure(255, text, '')).toMatchObject({
      failure: { reason: expect.stringMatching(/^driver-mismatch: .*570\.124$/) },
    });
    expect(judgeFailure(255, '', '')).toMatchObject({
      failure: { reason: expect.stringMatching(/^error: /) },
    });
    expect(judgeFailure(0, 'No devices found.', '')).toEqual({ kind: 'no-devices' });
    expect(judgeFailure(0, '\u001B[2J\uFFFD\u0000', '')).toMatchObject({
      failure: { reason: 'error: nvidia-smi printed what is not text and ended with status 0' },
    });
    expect(judgeFailure(255, 'Failed to initialize NVML: N/A', '')).toMatchObject({
      failure: { reason: 'error: Failed to initialize NVML: N/A' },
    });
  });

  it('comes with a remedy', () => {
    for (const name of errors) {
      const code = Number(read('errors', `${name}.rc`));
      const answer = judgeQuery(code, read('errors', `${name}.stdout`), '', WANTED_FIELDS);
      if (answer.kind === 'failed') expect(answer.failure.remedy, name).toMatch(/\.$/);
    }
  });

  it('does not hide the cards that came with it', () => {
    const { fields, line } = asQueried(captures[0]!);
    const text = `WARNING: infoROM is corrupted at gpu 0000:0C:00.0\n${line}\n`;
    expect(judgeQuery(14, text, '', fields)).toMatchObject({
      kind: 'rows',
      rows: { length: 1 },
      strange: ['WARNING: infoROM is corrupted at gpu 0000:0C:00.0'],
    });
  });
});
