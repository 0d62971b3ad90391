import { describe, expect, it } from 'vitest';
import { startNotes } from '../../../src/core/receipt/start-notes';

const alone = { asked: 2, inTurns: false };
const inTurns = { asked: 2, inTurns: true };

describe('the notes of a trial about its starts', () => {
  it('are none where as many as were asked for were left in peace', () => {
    expect(startNotes([null, null], alone)).toEqual([]);
    expect(startNotes([null, null], inTurns)).toEqual([]);
  });

  it('say which do not count, why, and what was added for them', () => {
    expect(startNotes(['moved', null, null], alone)).toEqual([
      '1 of 3 starts does not count (memory changed meanwhile). 1 start was added for it.',
    ]);
    expect(startNotes(['moved', 'busy', null, null], alone)).toEqual([
      '2 of 4 starts do not count (memory changed meanwhile; other programs ran). 2 starts were added for them.',
    ]);
    expect(startNotes(['unsteady', 'unsteady'], alone)).toEqual([
      'None of 2 starts was left in peace (repetitions lay apart).',
    ]);
  });

  it('say why starts in turns were added although each of these counts', () => {
    expect(startNotes([null, null, null], inTurns)).toEqual([
      '1 start was added: too few turns were left in peace while memory gave as much to each of what is compared.',
    ]);
    expect(startNotes(['moved', null, null, null], inTurns)[0]).toMatch(
      /^1 of 4 starts does not count \(memory changed meanwhile\)\. 2 starts were added: too few turns/,
    );
  });
});
