import { describe, expect, it } from 'vitest';
import {
  availableEngines,
  effectiveDepth,
  enginesFor,
  fioArguments,
  oldestHonestFio,
} from '../../../src/core/reading/fio-arguments';

const run = {
  pass: 'sequential',
  engine: 'libaio',
  file: '/proc/7/fd/20',
  bytes: 2 ** 30,
  seconds: 4,
} as const;

describe('fioArguments', () => {
  it('reads 256 KiB blocks in order with 64 in flight, past the page cache', () => {
    const args = fioArguments(run);
    for (const argument of [
      '--rw=read',
      '--bs=262144',
      '--iodepth=64',
      '--direct=1',
      '--ioengine=libaio',
      '--size=1073741824',
    ]) {
      expect(args).toContain(argument);
    }
  });

  it('reads 4 KiB blocks at random, one at a time', () => {
    const args = fioArguments({ ...run, pass: 'random', engine: 'psync' });
    for (const argument of ['--rw=randread', '--bs=4096', '--iodepth=1']) expect(args).toContain(argument);
  });

  it('reads the rows that people know as they are defined', () => {
    const sequential = fioArguments({ ...run, pass: 'seq1m-q8' });
    for (const argument of ['--rw=read', '--bs=1048576', '--iodepth=8'])
      expect(sequential).toContain(argument);
    const random = fioArguments({ ...run, pass: 'rnd4k-q32' });
    for (const argument of ['--rw=randread', '--bs=4096', '--iodepth=32']) expect(random).toContain(argument);
    expect(enginesFor('rnd4k-q32', 'linux')).not.toContain('psync');
  });

  it('never lays out a file, never forks a job, and runs for its time', () => {
    for (const argument of ['--allow_file_create=0', '--thread', '--time_based', '--runtime=4']) {
      expect(fioArguments(run)).toContain(argument);
    }
  });

  it('escapes the colon of a Windows drive', () => {
    const args = fioArguments({ ...run, engine: 'windowsaio', file: 'C:\\models\\a.probe.tmp' });
    expect(args).toContain('--filename=C\\:\\models\\a.probe.tmp');
  });
});

describe('the engine', () => {
  it('is libaio in order and psync at random on Linux, where fio has them', () => {
    const help = 'Available IO engines:\n\tpsync\n\tio_uring\n\tlibaio\n';
    expect(availableEngines(help, enginesFor('sequential', 'linux'))).toEqual([
      'libaio',
      'io_uring',
      'psync',
    ]);
    expect(availableEngines(help, enginesFor('random', 'linux'))[0]).toBe('psync');
    expect(availableEngines('\tpsync\n', enginesFor('sequential', 'linux'))).toEqual(['psync']);
    expect(availableEngines('', enginesFor('sequential', 'linux'))).toEqual([]);
  });

  it('is windowsaio on Windows and posixaio on macOS', () => {
    expect(enginesFor('random', 'win32')).toEqual(['windowsaio']);
    expect(enginesFor('sequential', 'darwin')[0]).toBe('posixaio');
  });

  it('keeps one request in flight where it is synchronous, whatever is asked', () => {
    expect(
      ['psync', 'sync', 'vsync', 'pvsync', 'pvsync2', 'libaio'].map((name) => effectiveDepth(name, 64)),
    ).toEqual([1, 1, 1, 1, 1, 64]);
  });

  it('must be of a fio that drops cached pages on macOS', () => {
    expect(oldestHonestFio('darwin')).toEqual([3, 42]);
    expect(oldestHonestFio('linux')).toEqual([3, 2]);
  });
});
