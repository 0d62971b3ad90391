import { describe, expect, it } from 'vitest';
import { BallastError } from '../../../src/core/ballast/ballast-error';
import { fillingOf } from '../../../src/core/ballast/filling';
import { brainFloatBits, halfBits } from '../../../src/core/ballast/half-float';
import { randomBlocks } from '../../../src/core/ballast/random-blocks';
import { quantNames, startTypeOf } from '../../../src/core/model/quantise/quants';
import { catalogModel } from '../../../src/core/catalog/models';
import { tensorTypeNamed } from '../../../src/core/model/tensor-types';

/** The number that 16 bits stand for, by the definition of IEEE 754. */
function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const part = bits & 0x3ff;
  const size = exponent === 0 ? part * 2 ** -24 : (1 + part / 1024) * 2 ** (exponent - 15);
  return (bits & 0x8000) === 0 ? size : -size;
}

describe('16-bit floats', () => {
  it.each([1, -1, 0.5, 1 / 3, 0.02, -7.5e-5, 1e-6, 65_504, 0])(
    '%d keeps its value within half a step',
    (value) => {
      const back = halfValue(halfBits(value));
      expect(Math.abs(back - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) / 2048, 2 ** -25));
    },
  );

  it('never become infinite', () => {
    expect(halfValue(halfBits(1e9))).toBe(65_504);
    expect(halfValue(halfBits(65_519.999))).toBe(65_504);
  });

  it('of the other kind are the upper half of a 32-bit one', () => {
    expect(brainFloatBits(1)).toBe(0x3f80);
  });
});

describe('random blocks', () => {
  const types = [...new Set(quantNames.flatMap((quant) => catalogModel('qwen3-0.6b', quant)!.tensors))].map(
    ({ type }) => type,
  );

  it.each([...new Set([...types, ...quantNames.map(startTypeOf)])])(
    'of %s are whole, and the same for the same seed',
    (type) => {
      const { bytes } = tensorTypeNamed(type)!;
      const made = randomBlocks(type, 10_000, 7);
      expect(made.length % bytes).toBe(0);
      expect(10_000 - made.length).toBeLessThan(bytes);
      expect(randomBlocks(type, 10_000, 7)).toStrictEqual(made);
      expect(randomBlocks(type, 10_000, 8)).not.toStrictEqual(made);
    },
  );

  it('of Q8_0 are weights of the spread of trained ones, without bias', () => {
    const made = randomBlocks('q8_0', 340_000, 1);
    const view = new DataView(made.buffer);
    const weights: number[] = [];
    for (let block = 0; block < made.length; block += 34) {
      const scale = halfValue(view.getUint16(block, true));
      for (let at = 2; at < 34; at++) weights.push(scale * view.getInt8(block + at));
    }
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    const spread = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2, 0) / weights.length);
    expect(Math.abs(mean)).toBeLessThan(0.001);
    expect(spread).toBeGreaterThan(0.018);
    expect(spread).toBeLessThan(0.022);
  });

  it('of floats are all finite and small', () => {
    for (const type of ['f32', 'f16', 'bf16']) {
      const view = new DataView(randomBlocks(type, 4000, 3).buffer);
      for (let at = 0; at < 4000; at += 4) {
        const value =
          type === 'f32'
            ? view.getFloat32(at, true)
            : type === 'f16'
              ? halfValue(view.getUint16(at, true))
              : new DataView(Uint8Array.of(view.getUint8(at + 1), view.getUint8(at), 0, 0).buffer).getFloat32(
                  0,
                );
        expect(Math.abs(value)).toBeLessThan(0.04);
      }
    }
  });

  it.each(['i32', 'q8_K', 'no-such-type'])('are not made of %s', (type) => {
    expect(() => randomBlocks(type, 4096, 0)).toThrow(BallastError);
  });
});

describe('the filling', () => {
  it.each([
    ['blk.0.attn_norm.weight', 1],
    ['blk.3.ffn_norm', 1],
    ['rope_freqs.weight', 1],
    ['blk.1.layer_output_scale.weight', 1],
    ['blk.1.ssm_a', -1],
    ['blk.1.ssm_dt.bias', 0],
    ['blk.1.attn_sinks.weight', 0],
  ])('of %s is %d everywhere', (name, value) => {
    expect(fillingOf(name, 'f32')).toStrictEqual({ kind: 'constant', value });
  });

  it('of routers and of everything packed is random', () => {
    expect(fillingOf('blk.1.ffn_gate_inp.weight', 'f32')).toStrictEqual({ kind: 'random' });
    expect(fillingOf('blk.1.attn_q.weight', 'q4_K')).toStrictEqual({ kind: 'random' });
  });
});
