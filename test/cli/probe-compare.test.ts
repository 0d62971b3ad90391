import { describe, expect, it } from 'vitest';
import type { ParsedInput } from '../../src/contract/commands';
import { compareProfiles } from '../../src/core/profile/compare-profiles';
import { emptyProfile } from '../contract/small-handlers';
import { commandLine } from './command-line';

/** Handlers that compare whatever they are given, or find nothing earlier. */
function comparing(earlier: boolean) {
  const asked: ParsedInput<'profile.compare'>[] = [];
  const handlers = {
    'profile.compare': (input: ParsedInput<'profile.compare'>) => {
      asked.push(input);
      return Promise.resolve({ comparison: earlier ? compareProfiles(emptyProfile, emptyProfile) : null });
    },
  };
  return { handlers, asked };
}

describe('probe --compare', () => {
  it('shows what changed since the measurement before, below the profile', async () => {
    const { handlers, asked } = comparing(true);
    const { status, stdout } = await commandLine(['probe', '--quick', '--compare'], { handlers });
    expect(status).toBe(0);
    expect(asked).toStrictEqual([{ before: null, after: emptyProfile }]);
    expect(stdout.indexOf('Compared with')).toBeGreaterThan(stdout.indexOf('Measured'));
  });

  it('compares with the profile of a file', async () => {
    const { handlers, asked } = comparing(true);
    const file = 'test/fixtures/profiles/example-1.0.0.json';
    await commandLine(['probe', '--quick', '--compare', file], { handlers });
    expect(asked[0]!.before).toHaveProperty('hardware.gpus.0.name', 'NVIDIA GeForce RTX 4090');
  });

  it('says that there is no earlier one, and still ends well', async () => {
    const { status, stdout, stderr } = await commandLine(['probe', '--quick', '--compare'], comparing(false));
    expect(status).toBe(0);
    expect(stdout).not.toContain('Compared with');
    expect(stderr).toContain('no earlier measurement');
  });

  it('prints profile and comparison as one JSON value', async () => {
    const { stdout } = await commandLine(['probe', '--quick', '--compare', '--json'], comparing(true));
    const printed = JSON.parse(stdout) as { profile: object; comparison: object };
    expect(printed.profile).toMatchObject({ schema_version: '1.0.0' });
    expect(printed.comparison).toMatchObject({ changes: [] });
  });

  it('does not measure where the file is no profile', async () => {
    const { handlers, asked } = comparing(true);
    const finished = await commandLine(['probe', '--quick', '--compare', 'package.json'], { handlers });
    expect(finished.status).toBe(1);
    expect(finished.stderr).toContain('profile');
    expect(asked).toStrictEqual([]);
  });
});
