import { expect, it } from 'vitest';
import {
  chosenMode,
  mayAdviseHugePages,
  parseAnonymousHuge,
  parseOvercommit,
  parsePageSize,
} from '../../../src/core/reading/memory-pages';
import { machineCapture } from '../../support/machine-captures';

it('asks for huge pages only where the kernel would give them', () => {
  expect(mayAdviseHugePages('always [madvise] never\n')).toBe(true);
  expect(mayAdviseHugePages('[always] madvise never\n')).toBe(true);
  expect(mayAdviseHugePages('always madvise [never]\n')).toBe(false);
  expect(mayAdviseHugePages('')).toBe(false);
});

it('reads the size of a page and what is in huge ones', () => {
  expect(parsePageSize(machineCapture('guest/smaps-head'))).toBe(4096);
  expect(parseAnonymousHuge(machineCapture('guest/smaps_rollup'))).toBe(0);
  expect(parseAnonymousHuge('')).toBeNull();
});

it('tells the mode of huge pages and of overcommitting, and nothing of a text that is neither', () => {
  expect(chosenMode('always [madvise] never\n')).toBe('madvise');
  expect(chosenMode('always madvise never\n')).toBeNull();
  expect(['0\n', '1', '2\n'].map(parseOvercommit)).toEqual([0, 1, 2]);
  expect(['', '3', '-1', '00', 'x'].map(parseOvercommit)).toEqual([null, null, null, null, null]);
});
