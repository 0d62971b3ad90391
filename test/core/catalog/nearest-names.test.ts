import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../../src/core/catalog/nearest-names';

describe('names that come near', () => {
  const names = ['llama-3.1-8b', 'llama-3.3-70b', 'qwen3-8b', 'qwen3-30b-a3b', 'gpt-oss-20b'];

  it.each([
    ['lama-3.1-8b', 'llama-3.1-8b'],
    ['Qwen3 8B', 'qwen3-8b'],
    ['qwen3_30b', 'qwen3-30b-a3b'],
    ['gptoss', 'gpt-oss-20b'],
  ])('to %s: %s first', (wanted, first) => {
    expect(nearestNames(wanted, names, 3)[0]).toBe(first);
  });

  it('are none where nothing is like it', () => {
    expect(nearestNames('zzzzzz', names, 3)).toEqual([]);
    expect(nearestNames('', names, 3)).toEqual([]);
  });
});
