import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { probeDisk } from '../../src/host/probe/disk';
import {
  DiskTest,
  fioReadersOf,
  hasFio,
  mayMount,
  measurableFolder,
  mount,
  openTestFiles,
  SHORT,
  until,
} from './disk-setup';

const parent = mayMount && hasFio ? await measurableFolder() : null;

/** Writes 1 GiB to a real disk. */
describe.skipIf(parent === null)('a mount that disappears (needs root, fio and a real disk)', () => {
  let test: DiskTest;
  let point: string;
  let real: string;

  beforeEach(() => {
    test = new DiskTest(parent!);
    [real, point] = [join(test.directory, 'real'), join(test.directory, 'point')];
    mkdirSync(real);
    mkdirSync(point);
    mount('--bind', real, point);
  });

  afterEach(() => {
    try {
      execFileSync('umount', ['-l', point], { stdio: 'ignore' });
    } catch {
      // It is gone already, as it should be.
    }
    test.remove();
  });

  it('while fio reads ends with figures or with reasons, and leaves neither file nor fio', async () => {
    const vanish = async () => {
      await until(() => fioReadersOf(process.pid)[0] ?? null);
      execFileSync('umount', ['-l', point], { stdio: 'pipe' });
    };
    const vanishing: Promise<void>[] = [];
    test.onLabel = (label) => {
      if (label === 'Sequential read, warming up') vanishing.push(vanish());
    };
    const { reading, findings } = await probeDisk(test.context, { ...SHORT, directory: point });
    await Promise.all(vanishing);
    expect(vanishing).toHaveLength(1);
    expect(readdirSync(point)).toEqual([]);
    for (const figure of [reading.nvme_seq_read_gbps, reading.nvme_rand_qd1_lat_us]) {
      const { reason, method } = figure.provenance;
      if (figure.value === null) expect(reason).toMatch(/^[a-z-]+: /);
      else expect(method).toMatch(/^fio/);
    }
    expect(findings.map(({ severity }) => severity)).not.toContain('error');
    expect(readdirSync(real)).toEqual([]);
    expect(openTestFiles('self')).toEqual([]);
    expect(fioReadersOf(process.pid)).toEqual([]);
  });

  it('before the file is written is a refusal or an honest measurement, and no crash', async () => {
    let gone = false;
    test.onLabel = (label) => {
      if (label.startsWith('Writing') && test.fractions.length === 1) {
        execFileSync('umount', ['-l', point], { stdio: 'pipe' });
        gone = true;
      }
    };
    const { reading } = await probeDisk(test.context, { ...SHORT, directory: point });
    expect(gone).toBe(true);
    if (reading.refused === null) expect(reading.size_gib.value).toBe(1);
    else expect(reading.nvme_seq_read_gbps.value).toBeNull();
    expect(readdirSync(real)).toEqual([]);
    expect(openTestFiles('self')).toEqual([]);
  });
});
