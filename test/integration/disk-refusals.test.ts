import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDisk, probeDisk } from '../../src/host/probe/disk';
import { sweepStale, writeTestFile } from '../../src/host/probe/disk-file';
import { programOnPath } from '../support/programs';
import { mayMount, mount, SHORT, unmount } from './disk-setup';

const context = {
  now: () => new Date().toISOString(),
  signal: new AbortController().signal,
  progress: () => {},
};
const MIB = 2 ** 20;

let folder: string;
let mounted: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-disk-'));
  mounted = [];
});

afterEach(() => {
  for (const point of mounted.reverse()) unmount(point);
  rmSync(folder, { recursive: true, force: true });
});

/** An empty folder, with something mounted on it where `args` say what. */
function place(name: string, ...args: string[]): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  if (args.length > 0) {
    mount(...args, path);
    mounted.push(path);
  }
  return path;
}

/** The refusal of a probe, which must be that of its preparation too, and must leave the folder as it was. */
async function refusalOf(directory: string) {
  const { reading, findings } = await probeDisk(context, { ...SHORT, directory });
  expect((await prepareDisk(directory, 1)).refused).toEqual(reading.refused);
  expect(reading.nvme_seq_read_gbps.value).toBeNull();
  expect(reading.nvme_rand_qd1_lat_us.provenance.reason).not.toBeNull();
  if (reading.refused !== null) expect(findings.map(({ code }) => code)).toEqual(['disk-refused']);
  return reading.refused;
}

describe.skipIf(process.platform !== 'linux')('a folder that is none', () => {
  it('is refused where it does not exist, and is not made', async () => {
    expect(await refusalOf(join(folder, 'none', 'deeper'))).toMatchObject({ code: 'not-found' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused where it is a file, or lies in one', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    expect(await refusalOf(file)).toMatchObject({ code: 'not-a-folder' });
    expect(await refusalOf(join(file, 'inside'))).toMatchObject({ code: 'not-a-folder' });
  });

  it.skipIf(process.getuid?.() === 0)('is refused where it may not be written to (not as root)', async () => {
    const closed = place('closed');
    chmodSync(closed, 0o500);
    expect(await refusalOf(closed)).toMatchObject({ code: 'permission' });
  });
});

describe.skipIf(!mayMount)('a mounted folder (needs root)', () => {
  it('is refused on tmpfs, also through a symbolic link', async () => {
    const memory = place('memory', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs');
    expect(await refusalOf(memory)).toMatchObject({ code: 'filesystem' });
    symlinkSync(memory, join(folder, 'link'));
    expect((await refusalOf(join(folder, 'link')))?.message).toContain('tmpfs is memory');
    expect(readdirSync(memory)).toEqual([]);
  });

  it('is refused on an overlay, with a folder to choose instead', async ({ skip }) => {
    const [lower, upper, work] = [place('lower'), place('upper'), place('work')];
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    let overlay = '';
    try {
      overlay = place('overlay', '-t', 'overlay', '-o', options, 'overlay');
    } catch {
      skip('no overlay can be mounted here');
    }
    const refused = await refusalOf(overlay);
    expect(refused).toMatchObject({ code: 'filesystem' });
    expect(refused?.message).toContain('Choose a folder');
  });

  it('is refused where it is mounted read-only', async () => {
    const source = place('source');
    const closed = place('closed', '--bind', source);
    mount('-o', 'remount,bind,ro', closed);
    expect(await refusalOf(closed)).toMatchObject({ code: 'read-only' });
  });

  it.skipIf(programOnPath('mkfs.ext4') === null)(
    'is refused on a loop device, whatever its filesystem',
    async ({ skip }) => {
      const image = join(folder, 'image');
      writeFileSync(image, '');
      truncateSync(image, 64 * MIB);
      execFileSync('mkfs.ext4', ['-q', image]);
      let loop = '';
      try {
        loop = place('loop', '-o', 'loop', image);
      } catch {
        skip('no loop device can be had here');
      }
      expect(await refusalOf(loop)).toMatchObject({ code: 'device' });
      const options = { signal: context.signal, progress: () => {} };
      const full = await writeTestFile(loop, 128 * MIB, options);
      expect(full).toMatchObject({ kind: 'refused', refusal: { code: 'no-space' } });
      expect(readdirSync(loop)).toEqual(['lost+found']);
    },
  );
});

describe.skipIf(!mayMount || programOnPath('chattr') === null)(
  'a folder that even root may not write to',
  () => {
    it('is refused for want of permission', async ({ skip }) => {
      const fixed = place('fixed');
      try {
        execFileSync('chattr', ['+i', fixed], { stdio: 'pipe' });
      } catch {
        skip('the filesystem here knows no immutable folders');
      }
      try {
        expect(await refusalOf(fixed)).toMatchObject({ code: 'permission' });
      } finally {
        execFileSync('chattr', ['-i', fixed]);
      }
    });
  },
);

describe('the test file', () => {
  const options = { signal: context.signal, progress: () => {} };

  it('keeps its name only where it must, and is gone when it is closed', async () => {
    const result = await writeTestFile(folder, 4 * MIB, { ...options, named: true });
    expect(readdirSync(folder)).toHaveLength(1);
    if (result.kind === 'written') await result.file.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not written where it cannot be, and that is no exception', async () => {
    const result = await writeTestFile(join(folder, 'none'), 4 * MIB, options);
    expect(result).toMatchObject({ kind: 'refused', refusal: { code: 'not-found' } });
  });

  it('is swept where its writer is dead, and nothing else is', async () => {
    const dead = `.plimsoll-${2 ** 22 + 1}-0123456789ab.probe.tmp`;
    const kept = [
      `.plimsoll-${process.pid}-0123456789ab.probe.tmp`,
      'mine.probe.tmp',
      '.plimsoll-x.probe.tmp',
    ];
    for (const name of [dead, ...kept]) writeFileSync(join(folder, name), '');
    await sweepStale(folder);
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });
});
