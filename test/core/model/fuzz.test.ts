import { describe, expect, it } from 'vitest';
import { readCorpus } from '../../fuzz/corpus';
import { MOST_AT_ONCE, MOST_IN_ALL } from '../../fuzz/drive-reader';
import { fuzzReaders } from '../../fuzz/fuzz-readers';

describe('three thousand damaged headers', () => {
  const reports = fuzzReaders(3000, 20_261_121, readCorpus('.'), () => performance.now());

  it.each(['gguf', 'safetensors', 'config'] as const)(
    'of %s are each read or refused with a typed error, in bounded memory',
    (name) => {
      const { read, refused, largestRange, mostAsked } = reports[name];
      expect(read).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(20);
      expect(largestRange).toBeLessThanOrEqual(MOST_AT_ONCE);
      expect(mostAsked).toBeLessThanOrEqual(MOST_IN_ALL);
    },
  );
});
