import { describe, expect, it } from 'vitest';
import { parseBenchOutput } from '../../../src/core/receipt/bench-output';
import { capturedRun } from './runs';

describe('the output of llama-bench', () => {
  it('gives decode and prefill by depth with their spread', () => {
    const output = parseBenchOutput(capturedRun('bench-two-depths.jsonl'));
    expect(output).toMatchObject({ build: 'build 1, commit de3ff81', backends: 'CPU', threads: 2 });
    expect(output?.speeds.map(({ phase, depth, tokens }) => [phase, depth, tokens])).toEqual([
      ['prefill', 0, 128],
      ['decode', 0, 32],
      ['prefill', 1024, 128],
      ['decode', 1024, 32],
    ]);
    expect(output?.speeds[1]?.tok_s).toEqual({ n: 3, min: 2986.25, median: 3810.11, max: 11_246.2 });
  });

  it('is read as one array too', () => {
    expect(parseBenchOutput(capturedRun('bench-array.json'))?.speeds).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['a table', '| model | size |\n'],
    ['other JSON', '{"tokens_per_second": 12.5}'],
    ['a list of numbers', '[1, 2]'],
    ['a line that is cut', capturedRun('bench-two-depths.jsonl').slice(0, 500)],
    ['a speed of zero', capturedRun('bench-two-depths.jsonl').replace('94045.5', '0')],
  ])('is refused where it is %s', (_, text) => {
    expect(parseBenchOutput(text)).toBeNull();
  });

  it('is refused where a test both reads and writes, which is neither phase', () => {
    const text = capturedRun('bench-two-depths.jsonl').replaceAll('"n_prompt": 0', '"n_prompt": 64');
    expect(parseBenchOutput(text)).toBeNull();
  });
});
