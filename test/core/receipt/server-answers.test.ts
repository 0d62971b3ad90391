import { describe, expect, it } from 'vitest';
import { parseCompletion, parseProperties } from '../../../src/core/receipt/server-answers';
import { capturedRun } from './runs';

describe('the answers of llama-server', () => {
  it('time the prompt and what was written', () => {
    expect(parseCompletion(JSON.parse(capturedRun('completion.json')))).toEqual({
      cached: 0,
      prompt: 512,
      promptTokS: 49_060.942889996164,
      predicted: 32,
      predictedTokS: expect.closeTo(3621.918, 2) as number,
    });
  });

  it('are refused where they are something else', () => {
    expect(parseCompletion({ error: { code: 503 } })).toBeNull();
    expect(parseProperties('no')).toBeNull();
  });

  it('say what a running server is', () => {
    const props = { default_generation_settings: { n_ctx: 2048 }, total_slots: 1, model_path: 'a.gguf' };
    expect(parseProperties(props)).toEqual({ context: 2048, slots: 1, modelPath: 'a.gguf', build: null });
  });
});
