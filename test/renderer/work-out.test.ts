import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../src/core/catalog/models';
import { workOut } from '../../src/renderer/calc/work-out';

describe('what was typed into a calculator', () => {
  it('is worked out with a model’s figures in the empty fields', () => {
    const result = workOut('vram', { gpu_vram_gb: 8 }, catalogModel('llama-3.2-1b', 'Q8_0'));
    expect(result).toMatchObject({
      kind: 'done',
      calculation: { inputs: { gpu_vram_gb: 8, quantization: 'int8' }, exact: { verdict: 'ship' } },
    });
  });

  it('leaves out what was typed for another calculator', () => {
    const typed = { params_billion: 7, kv_cache_mb_per_token: 0.5, num_layers: -1 };
    expect(workOut('vram', typed, null).kind).toBe('done');
    expect(workOut('layers', typed, null)).toStrictEqual({
      kind: 'incomplete',
      message: 'Layers cannot be -1: Too small: expected number to be >0.',
    });
  });

  it('says which field is missing, by the name it has on the page', () => {
    expect(workOut('vram', {}, null)).toStrictEqual({
      kind: 'incomplete',
      message: 'Parameters is not given.',
    });
  });
});
