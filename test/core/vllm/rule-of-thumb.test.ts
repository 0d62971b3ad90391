import { describe, expect, it } from 'vitest';
import { GB, GIB } from '../../../src/core/units';
import { bytesPerParameter, kvBytes } from '../../../src/core/vllm/precision';
import {
  FRAGMENTATION,
  judgeByRule,
  kvByRule,
  overheadByRule,
  riskOf,
  type RuleQuestion,
  UTILISATION,
  weightsByRule,
} from '../../../src/core/vllm/rule-of-thumb';

const llama7b = { layers: 32, kv_heads: 32, head_dim: 128 };

const question: RuleQuestion = {
  parameters: 7e9,
  bytes_per_parameter: 2,
  shape: llama7b,
  kv_bytes: 2,
  context: 4096,
  concurrency: 1,
  fragmentation: FRAGMENTATION,
  vram_bytes: 24 * GIB,
  tensor_parallel: 1,
  overhead_gib: null,
  gpu_memory_utilization: UTILISATION,
  headroom_bytes: GIB,
};

describe('the rule of thumb for vLLM', () => {
  it('has 14 GB for seven billion parameters at 16 bits, which are 13.04 GiB', () => {
    const weights = weightsByRule(7e9, bytesPerParameter('none', 'float16'));
    expect(weights / GB).toBe(14);
    expect(weights / GIB).toBeCloseTo(13.04, 2);
  });

  it('has 3.85 GB for the same in AWQ, which are 3.59 GiB', () => {
    const weights = weightsByRule(7e9, bytesPerParameter('awq', 'auto'));
    expect(weights / GB).toBeCloseTo(3.85, 10);
    expect(weights / GIB).toBeCloseTo(3.586, 3);
    expect(weightsByRule(7e9, bytesPerParameter('gptq', 'auto'))).toBe(weights);
  });

  it('has 140 GB for seventy billion at 16 bits', () => {
    expect(weightsByRule(70e9, bytesPerParameter('none', 'auto')) / GB).toBe(140);
  });

  it('has one byte a parameter in INT8 and FP8, four in FP32', () => {
    expect(bytesPerParameter('int8', 'auto')).toBe(1);
    expect(bytesPerParameter('fp8', 'auto')).toBe(1);
    expect(bytesPerParameter('none', 'float32')).toBe(4);
  });

  it('has about 2 GiB of cache for a 7B model at 4096 tokens: exactly 2, times 1.15', () => {
    const plain = kvByRule(llama7b, 4096, 1, 2, 1);
    expect(plain).toBe(2 * 32 * 128 * 32 * 4096 * 2);
    expect(plain / GIB).toBe(2);
    expect(kvByRule(llama7b, 4096, 1, 2, FRAGMENTATION) / GIB).toBeCloseTo(2.3, 8);
  });

  it('halves the cache in both kinds of FP8, doubles it in FP32, and follows the weights where it is left open', () => {
    expect(kvBytes('fp8_e4m3', 'auto')).toBe(1);
    expect(kvBytes('fp8_e5m2', 'auto')).toBe(1);
    expect(kvBytes('float16', 'auto')).toBe(2);
    expect(kvBytes('bfloat16', 'auto')).toBe(2);
    expect(kvBytes('float32', 'auto')).toBe(4);
    expect(kvBytes('auto', 'auto')).toBe(2);
    expect(kvBytes('auto', 'float32')).toBe(4);
  });

  it('doubles the cache with the context, and with the requests', () => {
    const once = kvByRule(llama7b, 4096, 1, 2, 1);
    expect(kvByRule(llama7b, 8192, 1, 2, 1)).toBe(2 * once);
    expect(kvByRule(llama7b, 4096, 2, 2, 1)).toBe(2 * once);
  });

  it('holds back 1 GiB or 2 %, a quarter for each further rank, or what was given', () => {
    expect(overheadByRule(24 * GIB, 1, null)).toBe(GIB);
    expect(overheadByRule(80 * GIB, 1, null) / GIB).toBeCloseTo(1.6, 6);
    expect(overheadByRule(320 * GIB, 4, null) / GIB).toBeCloseTo(6.4 + 0.75, 6);
    expect(overheadByRule(320 * GIB, 4, 3)).toBe(3 * GIB);
  });

  it('calls 2 GiB of headroom a low risk, less a medium one, and none at all a high one', () => {
    expect(riskOf(2 * GIB)).toBe('low');
    expect(riskOf(2 * GIB - 1)).toBe('medium');
    expect(riskOf(0)).toBe('medium');
    expect(riskOf(-1)).toBe('high');
  });

  it('fits a 7B model with 4096 tokens on 24 GiB: 21.6 less 13.04, 2.3 and 1', () => {
    const answer = judgeByRule(question);
    expect(answer.allocatable_bytes / GIB).toBeCloseTo(21.6, 6);
    expect(answer.headroom_bytes / GIB).toBeCloseTo(21.6 - 13.0385 - 2.3 - 1, 3);
    expect(answer.fits).toBe(true);
    expect(answer.oom_risk).toBe('low');
    expect(answer.warnings).toEqual([]);
  });

  it('says how many requests fit at a context, and how long one may be, so that one more does not', () => {
    const answer = judgeByRule(question);
    const at = (concurrency: number) => judgeByRule({ ...question, concurrency, headroom_bytes: 0 });
    expect(at(answer.max_concurrency).headroom_bytes).toBeGreaterThanOrEqual(0);
    expect(at(answer.max_concurrency + 1).headroom_bytes).toBeLessThan(0);
    const long = (context: number) => judgeByRule({ ...question, context, headroom_bytes: 0 });
    expect(long(answer.max_context).headroom_bytes).toBeGreaterThanOrEqual(0);
    expect(long(answer.max_context + 1).headroom_bytes).toBeLessThan(0);
  });

  it('warns of a cache above half, of a high and of a medium risk, and of what does not fit', () => {
    const pressed = judgeByRule({ ...question, concurrency: 5 });
    expect(pressed.kv_share).toBeGreaterThan(0.5);
    expect(pressed.warnings.join(' ')).toMatch(/does not fit.*High risk.*KV cache takes/);
    expect(judgeByRule({ ...question, concurrency: 2 }).warnings).toEqual([]);
    const tight = judgeByRule({ ...question, vram_bytes: 19 * GIB });
    expect(tight.oom_risk).toBe('medium');
    expect(tight.warnings).toEqual([
      'The configuration does not fit with the headroom asked for.',
      'Medium risk of running out of memory: less than 2 GiB are left.',
    ]);
  });

  it('leaves no room below zero where the weights alone are too large', () => {
    const answer = judgeByRule({ ...question, parameters: 70e9 });
    expect(answer.max_concurrency).toBe(0);
    expect(answer.max_context).toBe(0);
    expect(answer.fits).toBe(false);
  });
});
