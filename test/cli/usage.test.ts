import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line';

describe('wrong usage', () => {
  it.each([
    [['frobnicate'], "Unknown command 'frobnicate'."],
    [['plan'], "Missing required argument 'ref'."],
    [['plan', 'x', '--nope'], "Unknown option '--nope'."],
    [['plan', 'x', '--ctx', '-5'], 'It must be a whole number from 1 to 2147483647.'],
    [['plan', 'x', '--ctx', '1e3'], 'It must be a whole number'],
    [['plan', 'x', '--parallel', '0'], 'from 1 to 256'],
    [['plan', 'x', '--floor', '0'], 'It must be above zero.'],
    [['plan', 'x', '--margin', 'much'], 'a number of at least 0'],
    [['plan', 'x', '--kv', 'q9'], 'Allowed choices are f32, f16'],
    [['plan', 'x', 'y'], 'Too many arguments'],
    [['probe', '--format', 'xml'], 'Allowed choices are plimsoll, gpu-container.'],
    [['serve', '--port', '70000'], 'from 0 to 65535'],
  ])('%j ends with status 64, says what and how to find out', async (argv, sentence) => {
    const { status, stdout, stderr } = await commandLine(argv);
    expect(status).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('--help');
  });

  it('is told as JSON where that was asked for', async () => {
    const { status, stderr } = await commandLine(['plan', '--json']);
    expect(status).toBe(64);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage' } });
  });

  it('shows the commands on stderr where none was given', async () => {
    const { status, stdout, stderr } = await commandLine([]);
    expect(status).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toContain('Commands:');
  });
});

describe('help', () => {
  it('goes to stdout and ends with status 0', async () => {
    for (const argv of [['--help'], ['help'], ['plan', '--help']]) {
      const { status, stdout, stderr } = await commandLine(argv);
      expect(status).toBe(0);
      expect(stdout).toContain('Usage: plimsoll');
      expect(stderr).toBe('');
    }
  });

  it('names every option of plan', async () => {
    const { stdout } = await commandLine(['plan', '--help']);
    for (const option of [
      '--profile',
      '--ctx',
      '--kv',
      '--floor',
      '--ncmoe',
      '--no-flash-attention',
      '--format',
    ]) {
      expect(stdout).toContain(option);
    }
  });

  it('tells the version', async () => {
    expect(await commandLine(['--version'])).toMatchObject({ status: 0, stdout: '9.9.9\n' });
  });
});
