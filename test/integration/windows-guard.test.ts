import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary';
import { allEnd, pidsIn, runs } from '../support/trials';

let built: ReturnType<typeof temporaryFolder>;
let place: ReturnType<typeof temporaryFolder>;
let pids: readonly number[] = [];
beforeAll(async () => {
  built = temporaryFolder();
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: 'test/integration/windows-guard-agent.ts',
      outDir: built.path,
      rollupOptions: { output: { format: 'es', entryFileNames: 'agent.mjs' } },
    },
  });
});
afterAll(() => built.remove());
beforeEach(() => {
  place = temporaryFolder();
});
afterEach(() => {
  for (const pid of pids) if (runs(pid)) process.kill(pid, 'SIGKILL');
  place.remove();
});

const inPlace = (name: string) => join(place.path, name);

function program(name: string, lines: string): string {
  writeFileSync(inPlace(name), `#!/bin/sh\n${lines}\n`);
  chmodSync(inPlace(name), 0o755);
  return inPlace(name);
}

function startAgent(...args: readonly string[]) {
  const env = { ...process.env, PATH: `${place.path}${delimiter}${process.env['PATH']}` };
  return spawn(process.execPath, [join(built.path, 'agent.mjs'), ...args], { stdio: 'ignore', env });
}

/** What a program was called with, one call a line, once there are `count`. */
async function callsOf(name: string, count: number): Promise<readonly string[]> {
  const file = inPlace(`${name}.calls`);
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    if (lines.length >= count) return lines;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${name} was not called ${count} times`);
}

/** Ends what `/PID` names and its children, as the real one does with `/T`, and notes what it was called with. */
const taskkill = () =>
  program(
    'taskkill',
    `echo "$@" >> ${inPlace('taskkill.calls')}\npkill -KILL -P "$2"\nkill -KILL "$2" 2>/dev/null`,
  );
const runtime = () =>
  program('runtime', `sleep 1000 &\necho $! > ${inPlace('pids')}\necho $$ >> ${inPlace('pids')}\nwait`);

/** Windows is not here: its branch runs with stand-ins for its two programs. */
describe.skipIf(process.platform !== 'linux')('the guard that Windows needs', () => {
  it('ends a runtime and its children where the agent is killed', async () => {
    taskkill();
    const agent = startAgent(runtime());
    pids = await pidsIn(inPlace('pids'), 2);
    expect(pids.every(runs)).toBe(true);
    expect(existsSync(inPlace('taskkill.calls'))).toBe(false);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    expect(await allEnd(pids)).toBe(true);
    expect(await callsOf('taskkill', 1)).toEqual([`/PID ${pids[1]} /T /F`]);
  });

  it('asks for the children that name it as their parent where the runtime has gone with the agent', async () => {
    program('taskkill', 'exit 128');
    program('powershell', `echo "$@" >> ${inPlace('powershell.calls')}`);
    const agent = startAgent(runtime());
    pids = await pidsIn(inPlace('pids'), 2);
    agent.kill('SIGKILL');
    const [call] = await callsOf('powershell', 1);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(call).toMatch(
      new RegExp(
        String.raw`^-NoProfile -NonInteractive -Command Get-CimInstance Win32_Process -Filter "ParentProcessId=${pids[1]}" \| Where-Object \{ \$_\.CreationDate -ge \[datetime\]'${time}' -and \$_\.CreationDate -le \[datetime\]'${time}' \} \| ForEach-Object \{ taskkill /PID \$_\.ProcessId /T /F \}$`,
      ),
    );
  });

  it('does nothing where the agent has ended the runtime itself', async () => {
    taskkill();
    const agent = startAgent(runtime(), 'stop');
    pids = await pidsIn(inPlace('pids'), 2);
    await once(agent, 'exit');
    expect(await allEnd(pids)).toBe(true);
    // a guard that were still there would have called it once more by now
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await callsOf('taskkill', 1)).toEqual([`/PID ${pids[1]} /T`]);
  });
});
