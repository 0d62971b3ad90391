import { describe, expect, it } from 'vitest';
import { filterModels } from '../../src/renderer/plan/filter-models';

const options = [
  { group: 'On this machine', items: [{ value: '/models/tiny-q4_0.gguf', label: 'tiny' }] },
  {
    group: 'Catalog',
    items: [
      { value: 'llama-3.1-8b', label: 'Llama 3.1 8B Instruct' },
      { value: 'llama-3.3-70b', label: 'Llama 3.3 70B Instruct' },
    ],
  },
];

describe('the search in the list of models', () => {
  it.each([
    ['llama-3.1-8b', ['llama-3.1-8b']],
    ['Llama 3.3', ['llama-3.3-70b']],
    [' instruct  8b ', ['llama-3.1-8b']],
    ['Q4_0', ['/models/tiny-q4_0.gguf']],
    ['', ['/models/tiny-q4_0.gguf', 'llama-3.1-8b', 'llama-3.3-70b']],
    ['no such model', []],
  ])('finds by title and by name: "%s"', (search, names) => {
    expect(found(search, 10)).toEqual(names);
  });

  it('shows no more than the limit over all groups', () => {
    expect(found('', 2)).toEqual(['/models/tiny-q4_0.gguf', 'llama-3.1-8b']);
  });
});

function found(search: string, limit: number): string[] {
  return filterModels({ options, search, limit }).flatMap((group) =>
    'items' in group ? group.items.map(({ value }) => value) : [group.value],
  );
}
