import { describe, expect, it } from 'vitest';
import { findingSchema } from '../../src/core/finding';
import { findingsBeside } from '../../src/renderer/plan/findings-beside';

const cut = findingSchema.parse({ severity: 'error', code: 'truncated', message: 'The file ends early.' });
const slow = findingSchema.parse({ severity: 'warning', code: 'slow-link', message: 'The link is slow.' });

describe('the findings of a plan', () => {
  it('leave out what is told of its model already', () => {
    expect(findingsBeside([cut, slow], [structuredClone(cut)])).toEqual([slow]);
  });

  it('keep another finding of the same kind', () => {
    const other = { ...cut, message: 'The second file ends early.' };
    expect(findingsBeside([other], [cut])).toEqual([other]);
  });
});
