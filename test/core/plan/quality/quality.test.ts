import { describe, expect, it } from 'vitest';
import { qualityOfCache } from '../../../../src/core/plan/quality/cache';
import { qualityOfWeights } from '../../../../src/core/plan/quality/weights';
import { qualityWords } from '../../../../src/core/plan/quality/words';

describe('what a smaller type costs', () => {
  it('is the difference of two rows of a published table', () => {
    expect(qualityOfWeights('Q4_K_M', 'Q3_K_M')).toMatchObject({
      perplexity_before: 6.407115,
      perplexity_after: 6.888498,
      divergence: 0.101913,
    });
    expect(qualityWords(qualityOfWeights('Q4_K_M', 'Q3_K_M'))).toBe(
      "perplexity rises by 7.5 % (llama.cpp's scoreboard, Llama 3 8B)",
    );
    expect(qualityWords(qualityOfCache('f16', 'q8_0'))).toBe(
      'perplexity rises by 0.02 % (llama.cpp #21551, Gemma 3 4B)',
    );
  });

  it('is null, and said to be, where nobody published it', () => {
    expect(qualityOfCache('f16', 'q5_1')).toBeNull();
    expect(qualityOfWeights('Q4_K_M', 'MXFP4_MOE')).toBeNull();
    expect(qualityWords(null)).toBe('what that costs in quality is not published');
  });
});
