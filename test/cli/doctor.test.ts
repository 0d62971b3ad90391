import { describe, expect, it } from 'vitest';
import type { ParsedInput } from '../../src/contract/commands';
import { commandLine } from './command-line';

/** A doctor that finds one thing, and keeps what it was asked. */
function doctoring() {
  const asked: ParsedInput<'doctor.diagnose'>[] = [];
  const finding = {
    severity: 'warning' as const,
    code: 'no-swap',
    path: null,
    message: 'There is no swap.',
    remedy: 'Add some.',
  };
  const handlers = {
    'doctor.diagnose': (input: ParsedInput<'doctor.diagnose'>) => {
      asked.push(input);
      return Promise.resolve({ created: '2026-01-01T00:00:00Z', findings: [finding] });
    },
  };
  return { handlers, asked };
}

describe('doctor', () => {
  it('says what it found and what to do, and ends with 0', async () => {
    const { handlers, asked } = doctoring();
    const { status, stdout } = await commandLine(['doctor'], { handlers });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1 thing worth looking at[^]*Warning +There is no swap\.\n +Add some\.\n$/);
    expect(asked).toStrictEqual([{ profile: null }]);
  });

  it('prints its findings as JSON', async () => {
    const { stdout } = await commandLine(['doctor', '--json'], doctoring());
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ code: 'no-swap' }] });
  });

  it('looks at the machine of a profile that is named', async () => {
    const { handlers, asked } = doctoring();
    await commandLine(['doctor', '--profile', 'test/fixtures/profiles/example-1.0.0.json'], { handlers });
    expect(asked[0]!.profile).toHaveProperty('hardware.gpus.0.name', 'NVIDIA GeForce RTX 4090');
  });
});
