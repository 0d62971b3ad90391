import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeDisk } from '../../src/host/probe/disk';
import { judgeRun } from '../../src/core/reading/disk-honesty';
import { bytesReadBetween } from '../../src/core/reading/diskstats';
import { builtinReader } from '../../src/host/probe/disk-builtin';
import { deviceCounters } from '../../src/host/probe/disk-devices';
import { inspectPlace } from '../../src/host/probe/disk-place';
import { writeTestFile } from '../../src/host/probe/disk-file';
import {
  buildProber,
  DiskTest,
  fioReadersOf,
  hasFio,
  measurableFolder,
  openTestFiles,
  SHORT,
  until,
} from './disk-setup';

const parent = process.platform === 'linux' ? await measurableFolder() : null;
if (parent === null || !hasFio)
  process.stderr.write('disk tests: fio or a folder on a real disk with 20 GiB free is missing\n');

/** Tests that write 1 GiB each to a real disk. */
describe.skipIf(parent === null)('measuring a real disk', () => {
  let test: DiskTest;
  const path = process.env['PATH'];

  beforeEach(() => {
    test = new DiskTest(parent!);
  });

  afterEach(() => {
    process.env['PATH'] = path;
    test.remove();
  });

  const expectNothingLeft = () => {
    expect(readdirSync(test.directory)).toEqual([]);
    expect(openTestFiles('self')).toEqual([]);
    expect(fioReadersOf(process.pid)).toEqual([]);
  };

  it.skipIf(!hasFio)('by fio gives every figure, all of it from the disk, and leaves nothing', async () => {
    const options = { ...SHORT, directory: test.directory, runs: 2, details: true };
    const { reading } = await probeDisk(test.context, options);
    expect(reading.refused).toBeNull();
    expect(reading.size_gib.value).toBe(1);
    const { nvme_seq_read_gbps: sequential, nvme_rand_qd1_read_iops: random } = reading;
    for (const figure of [
      sequential,
      random,
      reading.nvme_rand_qd1_read_mbps,
      reading.nvme_rand_qd1_lat_us,
    ]) {
      expect(figure.provenance.reason).toBeNull();
      expect(figure.value).toBeGreaterThan(0);
      expect(figure.provenance.samples?.n).toBe(2);
      expect(figure.provenance.method).toMatch(/^fio \d+\.\d+ (libaio|io_uring|psync)$/);
      expect(figure.provenance.conditions?.['device_bytes_ratio']).toBeGreaterThanOrEqual(0.95);
    }
    expect(sequential.provenance.conditions).toMatchObject({
      block_kib: 256,
      direct: true,
      file_gib: 1,
      runtime_s: 1,
    });
    expect(random.provenance.conditions).toMatchObject({ block_kib: 4, queue_depth: 1 });
    expect(reading.seq1m_q8_gbps.provenance.conditions).toMatchObject({ block_kib: 1024, queue_depth: 8 });
    expect(reading.rnd4k_q32_mbps.value).toBeGreaterThan(0);
    // The read-ahead of some disks is too long for a file of 1 GiB.
    const { value: fault, provenance: faulting } = reading.mapped_fault_us;
    if (fault === null) expect(faulting.reason).toMatch(/^too-small/);
    else expect(faulting.conditions?.['faulting_share']).toBeGreaterThanOrEqual(0.8);
    expect(reading.nvme_rand_qd1_read_mbps.value).toBeCloseTo((random.value! * 4096) / 1e6, 0);
    expect(test.fractions.at(-1)).toBeLessThanOrEqual(1);
    expect(test.fractions).toEqual([...test.fractions].sort((left, right) => left - right));
    expectNothingLeft();
  });

  it('by the built-in reader, where there is no fio, gives the same figures and says so', async () => {
    process.env['PATH'] = test.directory;
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 20);
    const { reading, findings } = await probeDisk(test.context, { ...SHORT, directory: test.directory });
    clearInterval(timer);
    for (const figure of [
      reading.nvme_seq_read_gbps,
      reading.nvme_rand_qd1_read_iops,
      reading.nvme_rand_qd1_lat_us,
    ]) {
      expect(figure.provenance.reason).toBeNull();
      expect(figure.value).toBeGreaterThan(0);
      expect(figure.provenance.method).toBe('built-in O_DIRECT reader');
      expect(figure.provenance.conditions?.['device_bytes_ratio']).toBeGreaterThanOrEqual(0.95);
    }
    expect(findings.map(({ code }) => code)).toContain('disk-no-fio');
    // The probe takes 4 s and more: an event loop that was held would have turned a few times only.
    expect(turns).toBeGreaterThan(20);
    expectNothingLeft();
  });

  it.skipIf(!hasFio)(
    'goes on when fio is killed from outside: one figure is missing, with the reason',
    async () => {
      test.onLabel = (label) => {
        if (label !== 'Sequential read, run 1 of 1') return;
        void until(() => fioReadersOf(process.pid)[0] ?? null).then((pid) => process.kill(pid, 'SIGKILL'));
      };
      const { reading, findings } = await probeDisk(test.context, {
        ...SHORT,
        directory: test.directory,
        runSeconds: 2,
      });
      expect(reading.nvme_seq_read_gbps).toMatchObject({
        value: null,
        provenance: { reason: 'killed: fio was ended by SIGKILL' },
      });
      expect(reading.nvme_rand_qd1_read_iops.value).toBeGreaterThan(0);
      expect(findings.map(({ code }) => code)).toContain('disk-not-measured');
      expectNothingLeft();
    },
  );

  it('ends when it is cancelled while the file is written, and leaves nothing', async () => {
    test.onLabel = () => {
      if (test.fractions.at(-1)! > 0.1) test.stop.abort();
    };
    const options = { ...SHORT, directory: test.directory };
    await expect(probeDisk(test.context, options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(test.labels.every((label) => label.startsWith('Writing'))).toBe(true);
    expectNothingLeft();
  });

  it.skipIf(!hasFio)('ends when it is cancelled while fio reads, and leaves nothing', async () => {
    let reader = 0;
    const stopOnceItReads = async () => {
      reader = await until(() => fioReadersOf(process.pid)[0] ?? null);
      test.stop.abort();
    };
    test.onLabel = (label) => {
      if (label === 'Sequential read, run 1 of 1') void stopOnceItReads();
    };
    const options = { ...SHORT, directory: test.directory, runSeconds: 60 };
    await expect(probeDisk(test.context, options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(reader).toBeGreaterThan(0);
    expectNothingLeft();
  });

  it.skipIf(!existsSync('/dev/shm')).each(['sequential', 'random'] as const)(
    'a %s read of memory that passes for a disk is found out by the counters of the disk',
    async (pass) => {
      const memory = mkdtempSync('/dev/shm/plimsoll-disk-');
      const written = await writeTestFile(memory, 64 * 2 ** 20, {
        signal: test.stop.signal,
        progress: () => {},
      });
      rmSync(memory, { recursive: true });
      if (written.kind === 'refused') throw new Error(written.refusal.message);
      const names = (await inspectPlace(test.directory)).place.leaves.map(({ name }) => name);
      const warm = await builtinReader(written.file).warmUp(pass, 0.2, test.stop.signal);
      if (warm.kind === 'failed') {
        // Linux before 6.6 refuses direct reads of memory, which is honest too.
        expect(warm.reason).toMatch(/^no-direct-io/);
        return await written.file.close();
      }
      const before = await deviceCounters();
      const result = await warm.run(0.2, test.stop.signal);
      await written.file.close();
      if (result.kind === 'failed') throw new Error(result.reason);
      const deviceBytes = bytesReadBetween(before, await deviceCounters(), names);
      expect(deviceBytes).not.toBeNull();
      expect(judgeRun({ ...result.run, deviceBytes }, 0.2)).toMatchObject({ kind: 'cached' });
    },
  );

  it.each(['sequential', 'random'] as const)('ends when the built-in %s read is cancelled', async (pass) => {
    const { signal } = test.stop;
    const written = await writeTestFile(test.directory, 64 * 2 ** 20, { signal, progress: () => {} });
    if (written.kind === 'refused') throw new Error(written.refusal.message);
    setTimeout(() => test.stop.abort(), 200);
    const reading = builtinReader(written.file).warmUp(pass, 60, signal);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await written.file.close();
    expectNothingLeft();
  });

  it.skipIf(!hasFio)('leaves no file and no fio when the whole prober is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-prober-'));
    const prober = spawn(process.execPath, [await buildProber(folder), test.directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const reader = await until(() => fioReadersOf(prober.pid!)[0] ?? null);
      expect(openTestFiles(prober.pid!)).toHaveLength(1);
      prober.kill('SIGKILL');
      await until(() => (fioReadersOf(prober.pid!).includes(reader) ? null : true));
      expect(readdirSync(test.directory)).toEqual([]);
    } finally {
      prober.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
