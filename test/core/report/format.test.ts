import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatFileSize,
  formatGbps,
  formatInteger,
  formatMib,
  formatParameters,
  formatPercent,
  formatTokenRate,
  formatUnknown,
  formatValue,
} from '../../../src/core/report/format';
import { GIB, MIB } from '../../../src/core/units';

describe('what is unknown', () => {
  it('says so, never zero', () => {
    const unknowns = [
      formatBytes(null),
      formatMib(null),
      formatFileSize(null),
      formatGbps(null),
      formatTokenRate(null),
      formatParameters(null),
      formatInteger(null),
      formatPercent(null),
      formatValue(null),
    ];
    expect(new Set(unknowns)).toStrictEqual(new Set(['unknown']));
  });

  it('gives its reason: the explanation where there is one, else the code in words', () => {
    expect(formatUnknown('no-tool: fio is not installed')).toBe('unknown (fio is not installed)');
    expect(formatBytes(null, 'not-measured')).toBe('unknown (not measured)');
  });
});

describe('memory', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [2048, '2 KiB'],
    [1.5 * MIB, '1.5 MiB'],
    [512 * MIB, '512 MiB'],
    [1023.9 * MIB, '1.00 GiB'],
    [23.987 * GIB, '23.99 GiB'],
    [123.44 * GIB, '123.4 GiB'],
    [1536 * GIB, '1,536 GiB'],
    [-2 * GIB, '-2.00 GiB'],
  ])('shows %d bytes in binary units', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('files, links and speeds', () => {
  it('shows file sizes in decimal units, as downloads do', () => {
    expect(formatFileSize(18_550_753_664)).toBe('18.55 GB');
    expect(formatFileSize(43_808)).toBe('44 kB');
  });

  it('shows bandwidths in 10^9 bytes a second', () => {
    expect(formatGbps(36.194)).toBe('36.19 GB/s');
    expect(formatGbps(0.42)).toBe('420 MB/s');
  });

  it('shows rates with three digits that matter', () => {
    expect([0.5249, 11.34, 287.6, 12_345].map((rate) => formatTokenRate(rate))).toStrictEqual([
      '0.52 tok/s',
      '11.3 tok/s',
      '288 tok/s',
      '12,345 tok/s',
    ]);
  });
});

describe('counts', () => {
  it('shows parameters as people write them', () => {
    expect([30.53e9, 3.35e9, 751e6, 1.03e12, 512].map((count) => formatParameters(count))).toStrictEqual([
      '30.5B',
      '3.35B',
      '751M',
      '1.03T',
      '512',
    ]);
  });

  it('sets thousands apart', () => {
    expect([999, 1000, 131_072, 1e9].map((count) => formatInteger(count))).toStrictEqual([
      '999',
      '1,000',
      '131,072',
      '1,000,000,000',
    ]);
  });

  it('does not round a small share to nothing', () => {
    expect([0, 0.002, 0.919, 1.2].map((share) => formatPercent(share))).toStrictEqual([
      '0 %',
      '<1 %',
      '92 %',
      '120 %',
    ]);
  });
});
