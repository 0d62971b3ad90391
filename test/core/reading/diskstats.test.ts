import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesReadBetween, parseDiskstats } from '../../../src/core/reading/diskstats';

const load = (name: string) =>
  parseDiskstats(readFileSync(`test/fixtures/mounts/diskstats-${name}.txt`, 'utf8'));
const [before, after] = [load('before'), load('after')];

describe('parseDiskstats', () => {
  it('counts the bytes that a device has read, in sectors of 512', () => {
    expect(before.get('vda')).toBe(97_770_546 * 512);
    expect(before.get('zram0')).toBe(0);
    expect(before.size).toBe(10);
  });

  it('leaves out damaged lines', () => {
    expect(parseDiskstats('8 0 sda 1 2\n8 1 sdb 1 2 -5 7\n8 2 sdc 1 2 3 4').size).toBe(1);
  });
});

describe('bytesReadBetween', () => {
  it('finds the 64 MiB that were read directly', () => {
    expect(bytesReadBetween(before, after, ['vda'])).toBe(64 * 2 ** 20);
  });

  it('adds several devices up', () => {
    expect(bytesReadBetween(before, after, ['vda', 'loop0'])).toBe(64 * 2 ** 20);
  });

  it('is unknown without devices, with a device that is gone, or when a counter went back', () => {
    expect(bytesReadBetween(before, after, [])).toBeNull();
    expect(bytesReadBetween(before, after, ['vda', 'sdz'])).toBeNull();
    expect(bytesReadBetween(after, before, ['vda'])).toBeNull();
  });
});
