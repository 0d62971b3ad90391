import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram, type ProgramOptions } from '../../src/host/exec';

const programs = join(__dirname, '../fixtures/programs');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-exec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A frozen process cannot die, like one whose driver does not answer. Only the freezer of cgroup v1 does this. */
const freezer = `/sys/fs/cgroup/freezer/plimsoll-${process.pid}`;
function cannotFreeze(): boolean {
  try {
    accessSync('/sys/fs/cgroup/freezer/cgroup.procs', constants.W_OK);
    return process.getuid?.() !== 0;
  } catch {
    return true;
  }
}

const run = (name: string, args: readonly string[] = [], options: Partial<ProgramOptions> = {}) =>
  runProgram(process.execPath, [join(programs, name), ...args], { timeoutMs: 15_000, ...options });

/** Whether it runs; what has ended and waits for its parent does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('runProgram', () => {
  it('gives status and both pipes of a program that ends', async () => {
    const result = await run('prints.mjs', ['7', '$(touch x)', 'a b', '']);
    expect(result).toMatchObject({ kind: 'exited', code: 7, stderr: 'a word on stderr' });
    expect(JSON.parse((result as { stdout: string }).stdout)).toEqual({
      args: ['$(touch x)', 'a b', ''],
      lcAll: 'C',
    });
  });

  it('hands text to stdin, and hears stdout as it comes', async () => {
    let heard = '';
    const result = await run('echoes.mjs', [], { input: 'Grüße', onStdout: (text) => (heard += text) });
    expect(result).toEqual({ kind: 'exited', code: 0, stdout: 'Grüße', stderr: '' });
    expect(heard).toBe('Grüße');
  });

  it('gives an empty stdin to a program that reads one', async () => {
    expect(await run('echoes.mjs')).toMatchObject({ kind: 'exited', code: 0, stdout: '' });
  });

  it('tells a program that is not there', async () => {
    expect(await runProgram('plimsoll-no-such-program', [], { timeoutMs: 1000 })).toEqual({
      kind: 'missing',
    });
    expect(await runProgram(join(folder, 'none'), [], { timeoutMs: 1000 })).toEqual({ kind: 'missing' });
    expect(await run('prints.mjs', ['0'], { cwd: join(folder, 'none') })).toEqual({ kind: 'missing' });
  });

  it.skipIf(process.platform === 'win32')('tells a program that may not be run', async () => {
    const path = join(folder, 'not-executable');
    writeFileSync(path, '#!/bin/sh\n');
    expect(await runProgram(path, [], { timeoutMs: 1000 })).toMatchObject({ kind: 'denied' });
    expect(await runProgram(folder, [], { timeoutMs: 1000 })).toMatchObject({ kind: 'denied' });
  });

  it.skipIf(process.platform === 'win32')('tells a file that is not a program', async () => {
    const path = join(folder, 'not-a-program');
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]));
    chmodSync(path, 0o755);
    const result = await runProgram(path, [], { timeoutMs: 1000 });
    expect(['denied', 'exited']).toContain(result.kind);
    if (result.kind === 'exited') expect(result.code).not.toBe(0);
  });

  it('answers an argument that cannot be passed on', async () => {
    expect(await runProgram(process.execPath, ['a\0b'], { timeoutMs: 1000 })).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('null bytes'),
    });
  });

  it('ends a program at its time limit and keeps what it said', async () => {
    expect(await run('forever.mjs', [], { timeoutMs: 1000 })).toEqual({
      kind: 'timeout',
      stdout: 'started\n',
      stderr: '',
      leftPid: null,
    });
  });

  it.skipIf(process.platform === 'win32')('kills a program that ignores SIGTERM', async () => {
    const result = await run('stubborn.mjs', [], { timeoutMs: 1000 });
    expect(result).toMatchObject({ kind: 'timeout', stdout: expect.stringContaining('SIGTERM ignored') });
    const pid = Number.parseInt((result as { stdout: string }).stdout, 10);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it.skipIf(process.platform === 'win32')('also ends what a wrapper script has started', async () => {
    const script = 'sleep 60 & echo $!; (trap "" TERM; sleep 60) & echo $!; wait';
    const result = await runProgram('/bin/sh', ['-c', script], { timeoutMs: 500 });
    expect(result).toMatchObject({ kind: 'timeout', leftPid: null });
    const [plain, stubborn] = (result as { stdout: string }).stdout.trim().split('\n').map(Number);
    for (const pid of [plain!, stubborn!]) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('asks with SIGINT where told to', async () => {
    const controller = new AbortController();
    const result = await run('interruptible.mjs', [], {
      signal: controller.signal,
      interruptFirst: true,
      onStdout: () => controller.abort(),
    });
    expect(result).toEqual({ kind: 'cancelled', stdout: 'started\ntidied up\n', stderr: '', leftPid: null });
  });

  it('ends a program that is cancelled, and does not start one that was cancelled before', async () => {
    const controller = new AbortController();
    const running = run('forever.mjs', [], { signal: controller.signal, onStdout: () => controller.abort() });
    expect(await running).toMatchObject({ kind: 'cancelled', stdout: 'started\n' });
    expect(await run('prints.mjs', ['0'], { signal: controller.signal })).toEqual({
      kind: 'cancelled',
      stdout: '',
      stderr: '',
      leftPid: null,
    });
  });

  it('stops a program that prints without end', async () => {
    expect(await run('floods.mjs', [], { maxBytes: 100_000 })).toEqual({ kind: 'too-much-output' });
  });

  it.skipIf(process.platform === 'win32')('names the signal that a program died of', async () => {
    expect(await run('dies.mjs')).toEqual({
      kind: 'killed',
      signal: 'SIGSEGV',
      stdout: 'last words\n',
      stderr: '',
    });
  });

  it.skipIf(process.platform === 'win32')(
    'does not wait for a child that a program left behind',
    async () => {
      const result = await run('leaves-a-child.mjs');
      expect(result).toMatchObject({ kind: 'exited', code: 0 });
      const pid = Number.parseInt((result as { stdout: string }).stdout, 10);
      expect(process.kill(pid, 'SIGKILL')).toBe(true);
    },
  );

  it.skipIf(cannotFreeze())(
    'leaves behind a process that outlives SIGKILL (needs root and a freezer)',
    async () => {
      mkdirSync(freezer);
      const freeze = (text: string) => {
        writeFileSync(join(freezer, 'cgroup.procs'), String(Number.parseInt(text, 10)));
        writeFileSync(join(freezer, 'freezer.state'), 'FROZEN');
      };
      try {
        const result = await run('stubborn.mjs', [], { timeoutMs: 1500, onStdout: freeze });
        expect(result).toMatchObject({ kind: 'timeout', leftPid: expect.any(Number) });
        expect(process.kill((result as { leftPid: number }).leftPid, 0)).toBe(true);
      } finally {
        writeFileSync(join(freezer, 'freezer.state'), 'THAWED');
        await new Promise((resolve) => setTimeout(resolve, 300));
        rmdirSync(freezer);
      }
    },
  );
});
