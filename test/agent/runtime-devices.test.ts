import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { importProfile } from '../../src/agent/profiles';
import { namedProfile } from '../../src/agent/runtime-devices';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { profileWith } from '../core/plan/profiles';
import { temporaryFolder } from '../support/temporary';

const folder = temporaryFolder();
const path = process.env['PATH'] ?? '';
afterAll(() => {
  process.env['PATH'] = path;
  folder.remove();
});

const rtx4090 = { name: 'NVIDIA GeForce RTX 4090', vram_total_mib: 24_564 };
let count = 0;

interface Place {
  readonly data: string;
  readonly asked: () => number;
}

/** A data directory with a profile, and a llama-server first on PATH that does this and counts how often it was asked. */
async function place(gpus: Parameters<typeof profileWith>[0], script: string): Promise<Place> {
  const own = join(folder.path, String(count++));
  const bin = join(own, 'bin');
  mkdirSync(bin, { recursive: true });
  const log = join(own, 'asked');
  const program = join(bin, 'llama-server');
  writeFileSync(program, `#!/bin/sh\necho "$1 $CUDA_DEVICE_ORDER" >> '${log}'\n${script}\n`);
  chmodSync(program, 0o755);
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  const data = join(own, 'data');
  await importProfile(formatProfile(profileWith(gpus)), data);
  const asked = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0);
  return { data, asked };
}

function named({ data }: Place) {
  return namedProfile(data, new AbortController().signal);
}

const lists = (name: string) => `cat '${join(process.cwd(), 'test/fixtures/listed-devices', `${name}.txt`)}'`;

describe.skipIf(process.platform === 'win32')('the names that a llama-server has for devices', () => {
  beforeEach(() => {
    process.env['PATH'] = path;
  });

  it('come with the profile, asked in PCI order, and once for the same program and cards', async () => {
    const own = await place({ gpus: [rtx4090] }, lists('cuda'));
    const first = await named(own);
    expect(first.profile!.runtime_devices!.devices[0]!.name).toBe('CUDA0');
    expect((await named(own)).profile).toEqual(first.profile);
    expect(own.asked()).toBe(1);
  });

  it('are asked anew when the cards are others', async () => {
    const own = await place({ gpus: [rtx4090] }, lists('cuda'));
    await named(own);
    await importProfile(formatProfile(profileWith({ gpus: [rtx4090, rtx4090] })), own.data);
    await named(own);
    expect(own.asked()).toBe(2);
  });

  it('are not asked for where there are no GPUs', async () => {
    const own = await place({ gpus: [] }, lists('cuda'));
    expect((await named(own)).profile!.runtime_devices ?? null).toBeNull();
    expect(own.asked()).toBe(0);
  });

  it.each([
    ['fails', 'exit 1'],
    ['is too old to list any', 'echo "error: invalid argument" >&2; exit 1'],
    ['prints without end', 'yes'],
  ])('are absent, and the profile as it was, where it %s', async (_, script) => {
    const own = await place({ gpus: [rtx4090] }, script);
    expect((await named(own)).profile!.runtime_devices ?? null).toBeNull();
    await named(own);
    expect(own.asked()).toBe(1);
  });

  it('outlive a broken copy of themselves', async () => {
    const own = await place({ gpus: [rtx4090] }, lists('cuda'));
    await named(own);
    writeFileSync(join(own.data, 'cache', 'runtime-devices.json'), '{');
    expect((await named(own)).profile!.runtime_devices!.devices).toHaveLength(2);
  });
});
