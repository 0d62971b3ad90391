import { expect, it } from 'vitest';
import {
  mayAdviseHugePages,
  parseAnonymousHuge,
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
