import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../src/core/exact/split-words';
import { quoteLine } from '../../../src/core/plan/quote';

const shell = existsSync('/bin/sh') ? null : 'needs /bin/sh';

/** The words that a real shell makes of a line. */
function byShell(lines: readonly string[]): readonly (readonly string[])[] {
  const script = lines.map((line) => `printf '%s\\0' ${line}\nprintf '\\1'`).join('\n');
  const output = execFileSync('/bin/sh', ['-f', '-c', script], { encoding: 'utf8' });
  return output
    .split('\u0001')
    .slice(0, -1)
    .map((part) => part.split('\0').slice(0, -1));
}

function words(line: string): readonly string[] {
  const split = splitWords(line);
  if (split.kind === 'unreadable') throw new Error(split.message);
  return split.words;
}

/** Lines of quotes, backslashes and blanks, closed so that a shell can read them. */
const piece = fc.oneof(
  fc.constantFrom(
    ' ',
    '\t',
    '\\\n',
    '-ot',
    '=CPU',
    'a b',
    '""',
    "''",
    '\\\\',
    '\\"',
    "\\'",
    '\\ ',
    '\\.',
    '[0-7]',
    'é',
  ),
  fc.stringMatching(/^[a-z.*=,/:-]{1,6}$/u),
  fc.stringMatching(/^[a-z "\\.$*()|]{0,6}$/u).map((text) => `'${text}'`),
  fc.constantFrom('"a\\"b"', '"\\\\"', '"\\$x"', '"\\n"', '"\\`"', '"a\\\nb"', '"it\'s"', '"(x|y)"'),
);
const line = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => `x${pieces.join('')}`);

describe('splitting a line', () => {
  it.skipIf(shell)('gives the words that /bin/sh gives', () => {
    const lines = fc.sample(line, { numRuns: 400, seed: 7 });
    expect(lines.map(words)).toEqual(byShell(lines));
  });

  it('gives back what was quoted for a POSIX shell', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }).filter((text) => text !== '' && !text.includes('\0'))),
        (list) => {
          expect(words(quoteLine(list, 'posix'))).toEqual(list);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps what only a shell would expand', () => {
    expect(words('$HOME *.gguf a|b `c` ~')).toEqual(['$HOME', '*.gguf', 'a|b', '`c`', '~']);
  });

  it('says which quote is open', () => {
    expect(splitWords(`-m 'a b`)).toEqual({
      kind: 'unreadable',
      offset: 3,
      message: 'A single quote is not closed.',
    });
    expect(splitWords('-m "a\\"')).toMatchObject({ kind: 'unreadable', offset: 3 });
    expect(splitWords('-m a\\')).toMatchObject({ kind: 'unreadable', offset: 4 });
  });

  it('takes no line without end', () => {
    expect(splitWords('a'.repeat(200_000))).toMatchObject({ kind: 'unreadable' });
  });
});
