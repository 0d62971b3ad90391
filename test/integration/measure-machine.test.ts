import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { measureMachine, type MeasureOptions } from '../../src/agent/measure-machine';
import { compareWithHistory, measurementHistory } from '../../src/agent/history';
import { currentProfile, exportProfile, importProfile, prepareProfile } from '../../src/agent/profiles';
import { commands, type ParsedInput } from '../../src/contract/commands';
import { ExpectedError } from '../../src/contract/errors';
import { parseProfile } from '../../src/core/profile/parse-profile';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-measure-'));
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(base, 'test-'))));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const example = readFileSync(join(__dirname, '../fixtures/profiles/example-1.0.0.json'), 'utf8');
const seed = readFileSync(join(__dirname, '../fixtures/profiles/gpu-container-0.1.0.json'), 'utf8');

type Input = ParsedInput<'profile.measure'>;
const quick: Input = { quick: true, directories: [], disk_file_gib: 1, out: null };

/** The bandwidth worker is not built here: that sensor fails, and the others must not mind. */
const options = (): MeasureOptions => ({
  generator: 'plimsoll 0.1.0',
  memoryWorker: join(folder, 'no-such-worker.cjs'),
  dataDirectory: folder,
  now: () => new Date().toISOString(),
});

function newTask(onProgress: (fraction: number, abort: () => void, step: string) => void = () => {}) {
  const controller = new AbortController();
  const fractions: number[] = [];
  const abort = () => controller.abort();
  return {
    fractions,
    abort,
    task: {
      signal: controller.signal,
      progress: ({ fraction, step }: { fraction: number | null; step: string }) => {
        fractions.push(fraction!);
        onProgress(fraction!, abort, step);
      },
    },
  };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('did not reject'),
    (error: unknown) => error,
  );

describe('measureMachine', () => {
  it('saves a whole profile, with a reason for every null, though one sensor fails', async () => {
    const { task, fractions } = newTask();
    const { profile, path } = await measureMachine(quick, task, options());
    expect(path).toBe(join(folder, 'profile.json'));
    expect(parseProfile(readFileSync(path, 'utf8'))).toEqual(profile);
    expect(commands['profile.measure'].output.parse({ profile, path }).profile).toEqual(profile);
    expect(profile.hardware.memory.ram_total_gib).toBeGreaterThan(0);
    expect(profile.hardware.cpu.logical_cores).toBeGreaterThan(0);
    expect(profile.hardware.disks).toEqual([]);
    expect(profile.hardware.memory.cpu_mem_bw_gbps).toBeNull();
    expect(profile.provenance['/hardware/memory/cpu_mem_bw_gbps']!.reason).toMatch(/^[a-z-]+/);
    for (const { path: pointer } of profile.findings) expect(pointer).toMatch(/^\/hardware\//);
    expect(fractions).toEqual([...fractions].sort((left, right) => left - right));
    expect(Math.max(...fractions)).toBeLessThanOrEqual(1);
    expect(readdirSync(folder).sort()).toEqual(['history', 'profile.json']);
  });

  it('is not stopped by sensors that throw', async () => {
    let calls = 0;
    const broken = () => {
      calls += 1;
      if (calls > 1) throw new Error('the clock is broken');
      return '2026-11-21T09:00:00.000Z';
    };
    const { profile } = await measureMachine(quick, newTask().task, { ...options(), now: broken });
    expect(profile.hardware.platform.os).toBeNull();
    expect(profile.provenance['/hardware/platform/os']!.reason).toBe('failed: the clock is broken');
    expect(profile.findings).toContainEqual(
      expect.objectContaining({ code: 'probe-failed', severity: 'error', path: '/hardware/cpu' }),
    );
    expect(profile.hardware.gpus).toBeNull();
  });

  it('saves where it is told to', async () => {
    const out = join(folder, 'elsewhere/machine.json');
    const { path } = await measureMachine({ ...quick, out }, newTask().task, options());
    expect(path).toBe(out);
    expect(parseProfile(readFileSync(out, 'utf8')).generator).toBe('plimsoll 0.1.0');
    expect(existsSync(join(folder, 'profile.json'))).toBe(false);
  });

  it('keeps every measurement of the store by its date as well, and none that goes elsewhere', async () => {
    const dates = ['2026-01-02T03:04:05.678Z', '2026-01-01T00:00:00.000Z'];
    for (const date of dates) {
      await measureMachine(quick, newTask().task, { ...options(), now: () => date });
    }
    await measureMachine({ ...quick, out: join(folder, 'x.json') }, newTask().task, options());
    const { measurements } = await measurementHistory(folder);
    expect(measurements.map(({ created }) => created)).toEqual(dates);
    const kept = readFileSync(join(folder, 'history/2026-01-02T03-04-05.678Z.json'), 'utf8');
    expect(parseProfile(kept).created).toBe(dates[0]);
  });

  it('saves the profile where the history cannot be kept, and says so', async () => {
    writeFileSync(join(folder, 'history'), 'no folder');
    const { profile, path } = await measureMachine(quick, newTask().task, options());
    expect(profile.findings).toContainEqual(expect.objectContaining({ code: 'history-not-kept' }));
    expect(parseProfile(readFileSync(path, 'utf8'))).toEqual(profile);
  });

  it('keeps a folder that is no disk as refused, once however often it is named', async () => {
    const none = join(folder, 'none');
    const input = { ...quick, quick: false, directories: [none, `${none}/`] };
    const { profile } = await measureMachine(input, newTask().task, options());
    expect(profile.hardware.disks).toEqual([
      expect.objectContaining({
        directory: none,
        refused: expect.objectContaining({ code: expect.any(String) }),
      }),
    ]);
    expect(profile.findings).toContainEqual(expect.objectContaining({ path: '/hardware/disks/0' }));
  });

  it('changes nothing when it is cancelled, at whichever step', async () => {
    await importProfile(example, folder);
    const before = readFileSync(join(folder, 'profile.json'), 'utf8');
    const steps = new Set<string>();
    await measureMachine(
      { ...quick, out: join(folder, 'x.json') },
      newTask((_f, _a, step) => steps.add(step)).task,
      options(),
    );
    expect(steps.size).toBeGreaterThan(1);
    for (const last of steps) {
      const { task } = newTask((_fraction, abort, step) => step === last && abort());
      expect(await rejection(measureMachine(quick, task, options()))).toMatchObject({ name: 'AbortError' });
      expect(readFileSync(join(folder, 'profile.json'), 'utf8')).toBe(before);
    }
    const { task, abort, fractions } = newTask();
    abort();
    expect(await rejection(measureMachine(quick, task, options()))).toMatchObject({ name: 'AbortError' });
    expect(fractions).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['profile.json', 'x.json']);
  });

  it('refuses to measure while another does, and says which', async () => {
    const both = [1, 2].map(() => measureMachine(quick, newTask().task, options()));
    const ended = await Promise.allSettled(both);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(ExpectedError);
    expect((reason as ExpectedError).failure).toMatchObject({
      code: 'locked',
      message: expect.stringContaining('Another Plimsoll is measuring'),
      remedy: expect.any(String),
    });
  });

  it('does not begin where it cannot save', async () => {
    const { task, fractions } = newTask();
    writeFileSync(join(folder, 'file'), '');
    const out = join(folder, 'file/profile.json');
    const error = await rejection(measureMachine({ ...quick, out }, task, options()));
    expect((error as ExpectedError).failure).toMatchObject({
      code: 'not-a-folder',
      remedy: expect.any(String),
    });
    expect(fractions).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'needs no data folder to save elsewhere (needs leave to mount)',
    async () => {
      const data = mkdtempSync(join(base, 'readonly-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', data]);
      try {
        const out = join(folder, 'machine.json');
        const readOnly = { ...options(), dataDirectory: data };
        const { path } = await measureMachine({ ...quick, out }, newTask().task, readOnly);
        expect(path).toBe(out);
        const error = await rejection(measureMachine(quick, newTask().task, readOnly));
        expect((error as ExpectedError).failure.code).toBe('read-only');
      } finally {
        execFileSync('umount', [data]);
      }
    },
  );
});

const measureAt = (date: string) => measureMachine(quick, newTask().task, { ...options(), now: () => date });

describe('comparing', () => {
  it('takes the measurement before where none is named', async () => {
    for (const day of ['01', '02', '03']) await measureAt(`2026-01-${day}T00:00:00.000Z`);
    const { comparison } = await compareWithHistory({ before: null, after: null }, folder);
    expect(comparison!.before.created).toBe('2026-01-02T00:00:00.000Z');
    expect(comparison!.other_machine).toBeNull();
    expect(comparison!.changes.filter(({ kind }) => kind === 'changed')).toEqual([]);
    expect(comparison!.unchanged).toBeGreaterThan(10);
  });

  it('has nothing to say of a first measurement, and refuses a name that is not in the history', async () => {
    await measureAt('2026-01-01T00:00:00.000Z');
    expect(await compareWithHistory({ before: null, after: null }, folder)).toEqual({ comparison: null });
    for (const before of ['2026-01-05T00-00-00.000Z', '../profile', '']) {
      const error = await rejection(compareWithHistory({ before, after: null }, folder));
      expect((error as ExpectedError).failure.code).toBe('not-found');
    }
  });

  it('says so where this machine was not measured', async () => {
    const error = await rejection(compareWithHistory({ before: null, after: null }, folder));
    expect((error as ExpectedError).failure.code).toBe('no-profile');
  });

  it('holds an imported profile of another machine against this one', async () => {
    await measureAt('2026-01-01T00:00:00.000Z');
    const before = parseProfile(example);
    const { comparison } = await compareWithHistory({ before, after: null }, folder);
    expect(comparison!.other_machine).toMatch(/processor|cores|architecture|system/);
    expect(commands['profile.compare'].output.parse({ comparison })).toEqual({ comparison });
  });
});

describe('profiles', () => {
  it('are none before the first measurement', async () => {
    expect(await currentProfile(folder)).toEqual({ profile: null, path: join(folder, 'profile.json') });
    const error = await rejection(exportProfile('plimsoll', folder));
    expect((error as ExpectedError).failure).toMatchObject({
      code: 'no-profile',
      remedy: expect.any(String),
    });
  });

  it('are imported from either format and exported to both', async () => {
    for (const text of [example, seed]) {
      const { profile } = await importProfile(text, folder);
      expect((await currentProfile(folder)).profile).toEqual(profile);
      const own = await exportProfile('plimsoll', folder);
      expect(own.file_name).toBe('profile.json');
      expect(parseProfile(own.text)).toEqual(profile);
    }
    const back = await exportProfile('gpu-container', folder);
    expect(JSON.parse(back.text)).toEqual(JSON.parse(seed));
    expect(back.file_name).not.toBe('profile.json');
  });

  it('are not replaced by a text that is none', async () => {
    await importProfile(example, folder);
    const before = readFileSync(join(folder, 'profile.json'), 'utf8');
    const error = await rejection(importProfile('{"schema_version":"2.0.0"}', folder));
    expect((error as ExpectedError).failure).toMatchObject({ code: 'unsupported-version' });
    expect(readFileSync(join(folder, 'profile.json'), 'utf8')).toBe(before);
  });

  it('that were damaged on the disk say so and what to do', async () => {
    writeFileSync(join(folder, 'profile.json'), example.slice(0, 500));
    const error = await rejection(currentProfile(folder));
    expect((error as ExpectedError).failure).toMatchObject({
      code: 'not-json',
      message: expect.stringContaining(join(folder, 'profile.json')),
      remedy: expect.stringContaining('plimsoll probe'),
    });
  });

  it('say what measuring a folder would write', async () => {
    const { disks } = await prepareProfile({ directories: [folder, join(folder, 'none')] });
    expect(commands['profile.prepare'].output.parse({ disks }).disks).toHaveLength(2);
    expect(disks[1]!.refused).not.toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });
});
