import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/find-program';

describe.skipIf(process.platform === 'win32')('findProgram', () => {
  const path = process.env['PATH'];
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-find-'));
    for (const name of ['first', 'second', 'extra']) mkdirSync(join(folder, name));
    process.env['PATH'] = ['', '.', join(folder, 'first'), join(folder, 'second')].join(delimiter);
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  const put = (place: string, mode: number) => {
    const file = join(folder, place);
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, mode);
    return file;
  };

  it('passes over files that may not be run and folders of that name', async () => {
    mkdirSync(join(folder, 'first/tool'));
    const tool = put('second/tool', 0o755);
    put('first/other', 0o644);
    expect(await findProgram('tool')).toBe(tool);
    expect(await findProgram('other')).toBeNull();
  });

  it('looks in further folders after PATH', async () => {
    const extra = put('extra/tool', 0o755);
    expect(await findProgram('tool', [join(folder, 'extra')])).toBe(extra);
    const second = put('second/tool', 0o755);
    expect(await findProgram('tool', [join(folder, 'extra')])).toBe(second);
  });

  it('checks an absolute path only', async () => {
    const tool = put('extra/tool', 0o755);
    expect(await findProgram(tool)).toBe(tool);
    expect(await findProgram(join(folder, 'none'))).toBeNull();
  });

  it('does not look in the current folder', async () => {
    expect(await findProgram('package.json')).toBeNull();
  });
});
