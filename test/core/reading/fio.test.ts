import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isOlder, parseFio, parseFioVersion, type FioOutput } from '../../../src/core/reading/fio';

const FOLDER = 'test/fixtures/fio';
const text = (file: string) =>
  existsSync(`${FOLDER}/${file}`) ? readFileSync(`${FOLDER}/${file}`, 'utf8') : '';

function capture(name: string): FioOutput {
  return { code: Number(text(`${name}.rc`)), stdout: text(`${name}.stdout`), stderr: text(`${name}.stderr`) };
}

/** The report as it stood in the file of `--output=`. */
function outputFile(name: string, code: number): FioOutput {
  return { code, stdout: text(`${name}.json`), stderr: '' };
}

describe('a report of fio', () => {
  it('gives speed, requests and latencies of a sequential read', () => {
    expect(parseFio(capture('ext4-seqread-libaio'))).toEqual({
      kind: 'measured',
      reading: {
        version: '3.33',
        engine: 'libaio',
        bytesPerSecond: 2_506_270_599,
        iops: 2390.1659,
        ioBytes: 12_538_871_808,
        runtimeMs: 5003,
        latencyMeanNs: 3_342_980.914701,
        latencyP50Ns: 3_194_880,
        majorFaults: 0,
      },
    });
  });

  it.each([
    ['ext4-randread-qd1-psync', 'psync', 18_220.355929, 43_264],
    ['ext4-randread-qd1-iouring', 'io_uring', 17_171.965607, 29_312],
    ['btrfs-randread-qd1', 'libaio', 10_375.208264, 29_568],
    ['tmpfs-randread-qd1', 'libaio', 360_934.021993, 540],
  ])('gives requests and median latency of %s', (name, engine, iops, p50) => {
    expect(parseFio(capture(name))).toMatchObject({
      kind: 'measured',
      reading: { engine, iops, latencyP50Ns: p50 },
    });
  });

  it('takes the first of two jobs and options that stand before it', () => {
    expect(parseFio(capture('two-jobs-one-run'))).toMatchObject({
      kind: 'measured',
      reading: { engine: 'libaio' },
    });
  });

  it('gives no latency where no request was timed', () => {
    expect(parseFio(capture('pitfall-ramp-no-time_based'))).toMatchObject({
      kind: 'measured',
      reading: { latencyMeanNs: null, latencyP50Ns: null, runtimeMs: 192 },
    });
  });

  it('reads every successful capture', () => {
    const names = readdirSync(FOLDER)
      .filter((file) => file.endsWith('.stdout'))
      .map((file) => file.slice(0, -7));
    const good = names.filter((name) => Number(text(`${name}.rc`)) === 0 && !name.endsWith('buffered'));
    expect(good.length).toBeGreaterThan(12);
    for (const name of good) expect(parseFio(capture(name)).kind, name).toBe('measured');
  });
});

describe('a failure of fio', () => {
  it.each([
    ['ramfs-randread-qd1', 'no-direct-io'],
    ['misaligned', 'io-error'],
    ['enospc', 'no-space'],
    ['rofs', 'read-only'],
    ['bad-engine', 'no-engine'],
    ['bad-option', 'bad-option'],
    ['ext4-seqread-buffered', 'not-direct'],
  ])('%s is told as %s, with what fio said', (name, code) => {
    const result = parseFio(capture(name));
    expect(result).toMatchObject({ kind: 'failed', code });
    if (result.kind === 'failed' && text(`${name}.stderr`) !== '') expect(result.evidence).toContain('fio: ');
  });

  it.each(['cancel-INT-unlink0', 'cancel-TERM-unlink0', 'cancel-layout-INT'])(
    'a partial report after a signal is no measurement: %s',
    (name) => {
      expect(parseFio(outputFile(name, 128))).toMatchObject({ kind: 'failed', code: 'interrupted' });
    },
  );

  it('is told from notes that precede the report in an output file', () => {
    const output = { ...outputFile('ramfs-output-file', 1), stderr: text('ramfs-output-file.stderr') };
    expect(parseFio(output)).toMatchObject({ kind: 'failed', code: 'no-direct-io' });
  });

  it('an empty report, as a killed fio leaves, is unreadable', () => {
    expect(parseFio(outputFile('cancel-KILL-unlink0', 137))).toMatchObject({
      kind: 'failed',
      code: 'unreadable',
    });
  });

  it('a report of an older fio, whose names mean other units, is refused', () => {
    const old = capture('ext4-seqread-libaio');
    const stdout = old.stdout.replace('fio-3.33', 'fio-2.16');
    expect(parseFio({ ...old, stdout })).toMatchObject({ kind: 'failed', code: 'too-old' });
    expect(parseFio({ ...old, stdout: old.stdout.replace('fio-3.33', 'fio-3.2') }).kind).toBe('measured');
  });

  it('an exit status other than 0 is a failure even beside good figures', () => {
    expect(parseFio({ ...capture('ext4-seqread-libaio'), code: 1 })).toMatchObject({ code: 'io-error' });
  });

  it('figures that contradict each other are refused', () => {
    const good = capture('ext4-seqread-libaio');
    const stdout = good.stdout.replace('"bw_bytes" : 2506270599', '"bw_bytes" : 25062705990');
    expect(parseFio({ ...good, stdout })).toMatchObject({ kind: 'failed', code: 'unreadable' });
  });
});

describe('a damaged report', () => {
  const random = generator(20_261_121);
  const original = text('ext4-randread-qd1-psync.stdout');

  it('never makes the parser fail, nor gives a number that is not in the text (400 mutations)', () => {
    let measured = 0;
    for (let round = 0; round < 400; round += 1) {
      const stdout = mutate(original, random);
      const result = parseFio({ code: 0, stdout, stderr: '' });
      if (result.kind === 'failed') continue;
      measured += 1;
      const { version, engine, ...figures } = result.reading;
      expect(stdout).toContain(version);
      if (engine !== null) expect(stdout).toContain(engine);
      const numbers = new Set((stdout.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? []).map(Number));
      for (const figure of Object.values(figures)) if (figure !== null) expect(numbers).toContain(figure);
    }
    expect(measured).toBeGreaterThan(0);
  });
});

describe('versions of fio', () => {
  it.each([
    ['fio-3.33', '3.33'],
    ['fio-3.42-135-gabcdef', '3.42'],
    ['fio-2.2.10\n', '2.2.10'],
    ['fio version', null],
  ])('%s is %s', (said, version) => {
    expect(parseFioVersion(said)).toBe(version);
  });

  it('are compared by number, not by text', () => {
    expect(isOlder('3.1', [3, 2])).toBe(true);
    expect(isOlder('3.10', [3, 2])).toBe(false);
    expect(isOlder('2.99', [3, 2])).toBe(true);
    expect(isOlder('4.0', [3, 42])).toBe(false);
  });
});

/** A cut, a changed byte, a doubled or a removed line, somewhere. */
function mutate(report: string, next: () => number): string {
  const at = Math.floor(next() * report.length);
  const lines = report.split('\n');
  const line = Math.floor(next() * lines.length);
  switch (Math.floor(next() * 5)) {
    case 0:
      return report.slice(0, at);
    case 1:
      return report.slice(0, at) + String.fromCharCode(32 + Math.floor(next() * 95)) + report.slice(at + 1);
    case 2:
      return lines.filter((_, index) => index !== line).join('\n');
    case 3:
      return lines.flatMap((each, index) => (index === line ? [each, each] : [each])).join('\n');
    default:
      return report.replace(/\d+/g, (digits) => (next() < 0.01 ? '1e999' : digits));
  }
}

/** mulberry32: the same sequence in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
