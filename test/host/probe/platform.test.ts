import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { probePlatform } from '../../../src/host/probe/platform';
import { probeContext, unexplained } from '../../support/probe-context';

describe('probePlatform', () => {
  it('tells what this machine is, with a method or a reason for every field', async () => {
    const { context, fractions } = probeContext();
    const { reading } = await probePlatform(context);
    expect(unexplained(reading)).toEqual([]);
    expect(reading.os.value).toBe(process.platform);
    expect(reading.kernel.value).toBe(release());
    expect(reading.arch.value).toBe(arch());
    expect(fractions.at(-1)).toBe(1);
  });

  it.skipIf(process.platform !== 'linux')(
    'takes the name of the distribution from its own file',
    async () => {
      const { reading } = await probePlatform(probeContext().context);
      expect(readFileSync('/etc/os-release', 'utf8')).toContain(reading.os_release.value);
    },
  );

  it('names no container runtime outside a container', async () => {
    const { reading } = await probePlatform(probeContext().context);
    if (reading.in_container.value !== true) expect(reading.container_runtime.value).toBeNull();
  });

  it('ends at once when it was cancelled before', async () => {
    const { context } = probeContext(AbortSignal.abort());
    await expect(probePlatform(context)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
