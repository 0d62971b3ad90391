import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveText } from '../../src/host/store/save-text';
import { withLock } from '../../src/host/store/with-lock';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-crash-'));
const programs = join(__dirname, '../fixtures/programs');
const store = join(__dirname, '../../src/host/store');
const KILLS = 40;

beforeAll(async () => {
  for (const name of ['save-text', 'with-lock']) {
    await build({
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: join(store, `${name}.ts`),
        outDir: join(folder, 'built'),
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: '[name].mjs' } },
      },
    });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(program: string, module: string, file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(programs, program), join(folder, 'built', module), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(process.platform === 'win32')('a process that is killed', () => {
  it(`leaves a whole file, ${KILLS} times out of ${KILLS}`, async () => {
    const place = join(folder, 'saves');
    const file = join(place, 'profile.json');
    let leftovers = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const child = await start('saves-forever.mjs', 'save-text.mjs', file);
      await pause((round * 7) % 40);
      await kill(child);
      expect(readFileSync(file, 'utf8')).toMatch(/^([a-z])\1{399999}\.$/);
      leftovers += readdirSync(place).length - 1;
    }
    expect(leftovers).toBeGreaterThan(0);
    await saveText(file, 'the end');
    expect(readdirSync(place)).toEqual(['profile.json']);
    expect(readFileSync(file, 'utf8')).toBe('the end');
  });

  it('while it holds the lock keeps others out, and no longer', async () => {
    const lock = join(folder, 'measuring');
    const { signal } = new AbortController();
    const child = await start('holds-lock.mjs', 'with-lock.mjs', lock);
    const refused = withLock(lock, signal, async () => 'mine');
    await expect(refused).rejects.toMatchObject({ code: 'locked', pid: child.pid });
    await kill(child);
    expect(await withLock(lock, signal, async () => 'mine')).toBe('mine');
  });

  it('on another machine that shares the folder is not taken for dead', async () => {
    const lock = join(folder, 'shared');
    const child = await start('holds-lock.mjs', 'with-lock.mjs', lock);
    await kill(child);
    writeFileSync(`${lock}.lock-owner`, JSON.stringify({ pid: child.pid, host: 'elsewhere' }));
    const refused = withLock(lock, new AbortController().signal, async () => 'mine');
    await expect(refused).rejects.toMatchObject({ code: 'locked', pid: child.pid });
  });
});
