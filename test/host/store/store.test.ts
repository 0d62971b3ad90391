import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataDirectory } from '../../../src/host/store/data-directory';
import { loadText } from '../../../src/host/store/load-text';
import { checkSavable, saveText } from '../../../src/host/store/save-text';
import { StoreError } from '../../../src/host/store/store-error';
import { withLock } from '../../../src/host/store/with-lock';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-store-'));
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(base, 'test-'))));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('did not reject'),
    (error: unknown) => error,
  );

/** Whether this process may mount file systems; without, the tests of full and read-only disks cannot run. */
function cannotMount(): boolean {
  const place = mkdtempSync(join(base, 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

describe('dataDirectory', () => {
  const before = process.env['PLIMSOLL_DATA_DIR'];
  afterEach(() => {
    if (before === undefined) delete process.env['PLIMSOLL_DATA_DIR'];
    else process.env['PLIMSOLL_DATA_DIR'] = before;
  });

  it('is the system place for data of plimsoll, without a suffix', () => {
    delete process.env['PLIMSOLL_DATA_DIR'];
    expect(isAbsolute(dataDirectory())).toBe(true);
    expect(dataDirectory()).toMatch(/[/\\]plimsoll([/\\]Data)?$/);
  });

  it('is the folder in PLIMSOLL_DATA_DIR where that is set', () => {
    process.env['PLIMSOLL_DATA_DIR'] = 'some/where';
    expect(dataDirectory()).toBe(resolve('some/where'));
    process.env['PLIMSOLL_DATA_DIR'] = '';
    expect(dataDirectory()).toMatch(/plimsoll/);
  });
});

describe('saveText', () => {
  it('creates missing folders, replaces the file, and leaves nothing beside it', async () => {
    const path = join(folder, 'a/b/profile.json');
    await saveText(path, 'first');
    await saveText(path, 'zweite Größe');
    expect(readFileSync(path, 'utf8')).toBe('zweite Größe');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['profile.json']);
  });

  it('saves one whole text where many are saved at once', async () => {
    const path = join(folder, 'profile.json');
    const texts = 'abcdefgh'.split('').map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => saveText(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['profile.json']);
  });

  it.skipIf(process.platform === 'win32')(
    'keeps the mode of the file and writes through a link',
    async () => {
      const target = join(folder, 'target.json');
      writeFileSync(target, 'old');
      chmodSync(target, 0o600);
      symlinkSync(target, join(folder, 'link.json'));
      await saveText(join(folder, 'link.json'), 'new');
      expect(readFileSync(target, 'utf8')).toBe('new');
      expect(statSync(target).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder).sort()).toEqual(['link.json', 'target.json']);
    },
  );

  it('removes what a dead writer left, and nothing else', async () => {
    const path = join(folder, 'profile.json');
    const gone = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
    const kept = [
      `profile.json.${process.ppid}-1.saving`,
      'profile.json.backup',
      `other.json.${gone}-1.saving`,
    ];
    for (const name of [...kept, `profile.json.${gone}-3.saving`]) writeFileSync(join(folder, name), 'half');
    await saveText(path, 'whole');
    expect(readdirSync(folder).sort()).toEqual([...kept, 'profile.json'].sort());
  });

  it('says what is wrong with a path that cannot be saved to', async () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'profile.json'));
    const inFile = await rejection(saveText(join(folder, 'file/profile.json'), 'x'));
    expect(inFile).toMatchObject({ name: 'StoreError', code: 'not-a-folder', remedy: expect.any(String) });
    const onFolder = await rejection(saveText(join(folder, 'profile.json'), 'x'));
    expect(onFolder).toMatchObject({ code: 'not-a-file' });
    expect(await rejection(checkSavable(join(folder, 'profile.json')))).toMatchObject({ code: 'not-a-file' });
    expect(readdirSync(folder).sort()).toEqual(['file', 'profile.json']);
  });

  it.skipIf(cannotMount())('keeps the old file on a full disk (needs leave to mount)', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    try {
      const path = join(folder, 'profile.json');
      const old = 'a'.repeat(100_000);
      await saveText(path, old);
      const error = await rejection(saveText(path, 'b'.repeat(300_000)));
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: 'full', message: expect.stringContaining(path) });
      expect(readFileSync(path, 'utf8')).toBe(old);
      expect(readdirSync(folder)).toEqual(['profile.json']);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it.skipIf(cannotMount())(
    'tells of a full disk before anything is saved, and leaves no lock (needs leave to mount)',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
      try {
        writeFileSync(join(folder, 'filling'), 'a'.repeat(256 * 1024));
        expect(await rejection(checkSavable(join(folder, 'profile.json')))).toMatchObject({ code: 'full' });
        const locking = withLock(join(folder, 'measuring'), new AbortController().signal, async () => 1);
        expect(await rejection(locking)).toMatchObject({ code: 'full' });
        expect(readdirSync(folder)).toEqual(['filling']);
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  it.skipIf(cannotMount())('says that a disk is read-only (needs leave to mount)', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    try {
      const path = join(folder, 'profile.json');
      writeFileSync(path, 'old');
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      expect(await rejection(saveText(path, 'new'))).toMatchObject({ code: 'read-only' });
      expect(await rejection(checkSavable(path))).toMatchObject({ code: 'read-only' });
      const locking = withLock(join(folder, 'measuring'), new AbortController().signal, async () => 1);
      expect(await rejection(locking)).toMatchObject({ code: 'read-only' });
      expect(await loadText(path)).toBe('old');
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});

describe('loadText', () => {
  it('gives the text, and null where there is no file', async () => {
    writeFileSync(join(folder, 'a'), 'Größe');
    writeFileSync(join(folder, 'empty'), '');
    expect(await loadText(join(folder, 'a'))).toBe('Größe');
    expect(await loadText(join(folder, 'empty'))).toBe('');
    expect(await loadText(join(folder, 'none'))).toBeNull();
    expect(await loadText(join(folder, 'none/profile.json'))).toBeNull();
  });

  it('refuses a file that is too large, a folder, and a pipe without waiting for it', async () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(1001));
    writeFileSync(join(folder, 'fits'), 'x'.repeat(1000));
    expect(await loadText(join(folder, 'fits'), 1000)).toHaveLength(1000);
    expect(await rejection(loadText(join(folder, 'large'), 1000))).toMatchObject({ code: 'too-large' });
    expect(await rejection(loadText(folder))).toMatchObject({ code: 'not-a-file' });
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await rejection(loadText(join(folder, 'pipe')))).toMatchObject({ code: 'not-a-file' });
  });
});

describe('withLock', () => {
  const signal = new AbortController().signal;

  it('lets one run at a time and names who has it', async () => {
    const path = join(folder, 'deep/measuring');
    const inner = await withLock(path, signal, async () => rejection(withLock(path, signal, async () => 2)));
    expect(inner).toMatchObject({ name: 'StoreError', code: 'locked', pid: process.pid });
    expect(await withLock(path, signal, async () => 3)).toBe(3);
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
  });

  it('is free again when what ran under it failed', async () => {
    const path = join(folder, 'measuring');
    const failing = withLock(path, signal, () => Promise.reject(new Error('broken')));
    expect(await rejection(failing)).toMatchObject({ message: 'broken' });
    expect(await withLock(path, signal, async () => 'free')).toBe('free');
  });

  it('is not taken by a call that was cancelled before', async () => {
    const controller = new AbortController();
    controller.abort();
    const error = await rejection(withLock(join(folder, 'measuring'), controller.signal, async () => 1));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(existsSync(join(folder, 'measuring.lock'))).toBe(false);
  });
});
