import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keepDated, listDated } from '../../../src/host/store/dated-texts';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-dated-'));
let folder = '';
beforeEach(() => (folder = join(mkdtempSync(join(base, 'test-')), 'history')));
afterAll(() => rmSync(base, { recursive: true }));

const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T10:20:30.400Z`;

describe('texts that are kept by date', () => {
  it('are listed with the newest first, under names that Windows allows', async () => {
    for (const number of [2, 3, 1]) await keepDated(folder, day(number), `{"day":${number}}`, 10);
    const kept = await listDated(folder);
    expect(kept.map(({ date }) => date)).toEqual([day(3), day(2), day(1)]);
    expect(kept.map(({ path }) => readFileSync(path, 'utf8'))).toEqual([
      '{"day":3}',
      '{"day":2}',
      '{"day":1}',
    ]);
    for (const name of readdirSync(folder)) expect(name).not.toMatch(/[<>:"|?*]/);
  });

  it('lose the oldest beyond the most that are kept', async () => {
    for (let number = 1; number <= 7; number += 1) await keepDated(folder, day(number), '{}', 3);
    expect((await listDated(folder)).map(({ date }) => date)).toEqual([day(7), day(6), day(5)]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('leave other files alone, and are none where there is no folder', async () => {
    expect(await listDated(folder)).toEqual([]);
    await keepDated(folder, day(1), '{}', 1);
    for (const name of ['notes.txt', '2026-99-01T00-00-00Z.json', '2026-01-01.json']) {
      writeFileSync(join(folder, name), 'mine');
    }
    await keepDated(folder, day(2), '{}', 1);
    expect((await listDated(folder)).map(({ date }) => date)).toEqual([day(2)]);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('are refused a date that is none', async () => {
    await expect(keepDated(folder, '../../etc/passwd', '{}', 3)).rejects.toThrow(RangeError);
  });
});
