import { describe, expect, it } from 'vitest';
import { DeploymentError, parseDeployment } from '../../../src/core/vllm/deployment';
import { pickCards, readCardChoice, UnknownCardError } from '../../../src/core/vllm/pick-cards';

const whole = `
model:
  reference: llama-3.1-70b
  quantization: fp8
hardware:
  gpus:
    - card: h100-sxm
      count: 4
  tensor_parallel: 4
workload:
  context: 32768
  concurrency: 16
  shared_prefix: true
policy:
  gpu_memory_utilization: 0.92
  allow_fp8_cache: false
serving:
  port: 9000
`;

describe('a deployment file', () => {
  it('is read with what it does not say left at the defaults', () => {
    const { reference, gpus, request, serving } = parseDeployment(whole);
    expect(reference).toBe('llama-3.1-70b');
    expect(gpus).toEqual([{ card: 'h100-sxm', count: 4 }]);
    expect(request).toMatchObject({
      quantisation: 'fp8',
      tensor_parallel: 4,
      context: 32_768,
      concurrency: 16,
      gpu_memory_utilization: 0.92,
      allow_fp8_cache: false,
      fragmentation: 1.15,
      headroom_gib: 1,
    });
    expect(serving.port).toBe(9000);
  });

  it('may be JSON, may use an anchor, and may be nearly empty', () => {
    expect(parseDeployment('{"model": {"reference": "x"}}').reference).toBe('x');
    const anchored = 'workload: &load\n  context: 4096\n  concurrency: 2\n';
    expect(parseDeployment(anchored).request.context).toBe(4096);
    expect(parseDeployment('model: {}').gpus).toBeNull();
  });

  it('may describe cards that no catalog has', () => {
    const { gpus } = parseDeployment('hardware: {gpus: [{name: Mine, memory_gib: 48, count: 2}]}');
    const picked = pickCards(gpus!);
    expect(picked).toHaveLength(2);
    expect(picked[0]).toMatchObject({
      name: 'Mine',
      memory_bytes: 48 * 2 ** 30,
      bandwidth_gbps: null,
      source: 'given',
    });
  });

  it.each([
    ['workload: {concurrency: 0}', /workload\.concurrency: too small/i],
    ['workload: {concurrency: -3}', /workload\.concurrency/],
    ['workload: {context: many}', /workload\.context: expected number/],
    ['policy: {gpu_memory_utilization: 1.2}', /policy\.gpu_memory_utilization/],
    ['model: {quantization: q4}', /model\.quantization/],
    ['hardware: {gpus: []}', /hardware\.gpus/],
    ['hardware: {gpus: [{name: A, memory_gib: 0}]}', /hardware\.gpus\.0\.memory_gib: too small/],
    ['hardware: {gpus: [{card: h100-sxm, count: 0}]}', /hardware\.gpus\.0/],
    ['hardwear: {}', /hardwear is no field of a deployment/],
    ['serving: {hf_token: abc}', /serving\.hf_token is no field/],
    ['- a list', /is a record of model, hardware/],
    ['just words', /is a record of model, hardware/],
    ['', /is a record of model, hardware/],
    ['model: [', /neither JSON nor YAML/],
    ['model: {}\nmodel: {}', /neither JSON nor YAML/],
  ])('that is wrong gets a sentence: %s', (text, sentence) => {
    const faults = faultsOf(text);
    expect(faults.join(' ')).toMatch(sentence);
    expect(faults.every((fault) => fault.endsWith('.'))).toBe(true);
  });

  it('tells every fault at once', () => {
    expect(faultsOf('workload: {concurrency: 0, context: 0}\npolicy: {fragmentation: 0}')).toHaveLength(3);
  });

  it('that is a bomb of aliases is refused before it goes off', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      const aliases = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(faultsOf(lines.join('\n')).join(' ')).toMatch(/aliases/);
  });

  it('that is nested without end, too long, or refers to itself is refused', () => {
    expect(faultsOf('['.repeat(5000)).join(' ')).toMatch(/nested/);
    expect(faultsOf('x'.repeat(2 ** 18 + 1)).join(' ')).toMatch(/longer/);
    expect(faultsOf('a: &a [*a]').length).toBeGreaterThan(0);
  });
});

describe('a choice of cards on the command line', () => {
  it.each([
    ['h100-sxm', 'h100-sxm', 1],
    ['2xh100-sxm', 'h100-sxm', 2],
    ['h100-sxm:8', 'h100-sxm', 8],
  ])('%s is %s, %i of it', (text, card, count) => {
    expect(readCardChoice(text)).toEqual({ card, count });
  });

  it('is refused where no card is named so', () => {
    expect(() => pickCards([{ card: 'voodoo-2', count: 1 }])).toThrow(UnknownCardError);
  });
});

function faultsOf(text: string): readonly string[] {
  try {
    parseDeployment(text);
  } catch (error) {
    if (error instanceof DeploymentError) return error.faults;
    throw error;
  }
  return [];
}
