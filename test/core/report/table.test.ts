import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderBar, renderTable, wrapText } from '../../../src/core/report/table';

describe('a table', () => {
  it('aligns its columns and leaves no blanks at the end of a line', () => {
    const columns = [
      { title: 'Name', align: 'left' },
      { title: 'Size', align: 'right' },
      { title: '', align: 'left' },
    ] as const;
    expect(
      renderTable(columns, [
        ['a', '5 MiB', 'note'],
        ['longer', '12 GiB', ''],
      ]),
    ).toStrictEqual(['Name      Size', 'a        5 MiB  note', 'longer  12 GiB']);
  });
});

describe('a table of more than its room', () => {
  const columns = ['Key', 'One', 'Two', 'Three'].map((title) => ({ title, align: 'left' as const }));
  const rows = [
    ['a', '1', '2', '3'],
    ['b', '11111', '22222', '33333'],
  ];

  it('goes on below itself, with its first column again', () => {
    expect(renderTable(columns, rows, 20)).toStrictEqual([
      'Key  One    Two',
      'a    1      2',
      'b    11111  22222',
      '',
      'Key  Three',
      'a    3',
      'b    33333',
    ]);
    expect(renderTable(columns, rows, 24)).toHaveLength(3);
    expect(renderTable(columns, rows, 1, 2).filter((line) => line.startsWith('a'))).toStrictEqual([
      'a    1      2',
      'a    1      3',
    ]);
  });
});

describe('wrapped text', () => {
  it('hangs behind its first indent', () => {
    expect(wrapText('one two three', 9, '  ', '- ')).toStrictEqual(['- one two', '  three']);
  });

  it('keeps every word, and every line within the width unless a word alone is longer', () => {
    const word = fc.stringMatching(/^[a-z]{1,30}$/);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 10, max: 60 }), (words, width) => {
        const lines = wrapText(words.join(' '), width, '  ');
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toStrictEqual(words);
        for (const line of lines) {
          if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

describe('a bar', () => {
  it('is as full as the share says', () => {
    expect([0, 0.5, 1].map((share) => renderBar(share, 4))).toStrictEqual(['░░░░', '██░░', '████']);
  });

  it('shows a small share that is not zero', () => {
    expect(renderBar(0.001, 4)).toBe('█░░░');
  });

  it('marks what is over', () => {
    expect(renderBar(1.2, 4)).toBe('███!');
  });
});
