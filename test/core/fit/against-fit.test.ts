import { expect, it } from 'vitest';
import { againstFit, againstFitOnSeveral } from '../../support/against-fit';

it('is never forecast to be slower than what --fit would choose, for 14 models on 6 cards', () => {
  const rows = againstFit();
  expect(rows).toHaveLength(14 * 6);
  expect(rows.filter(({ gain }) => gain === null)).toEqual([]);
  expect(rows.filter(({ gain }) => gain! < -1e-9)).toEqual([]);
  expect(rows.filter(({ gain }) => gain! > 0.01).length).toBeGreaterThan(0);
});

it('is not on two to four unlike cards either, for a mixture that needs the host on most', () => {
  const rows = againstFitOnSeveral(['mixtral-8x7b']);
  expect(rows).toHaveLength(10);
  expect(rows.filter(({ gain }) => gain === null)).toEqual([]);
  expect(rows.filter(({ gain }) => gain! < -1e-9)).toEqual([]);
  expect(rows.filter(({ gain }) => gain! > 0.02).length).toBeGreaterThan(5);
});
