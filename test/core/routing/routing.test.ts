import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../src/core/model/gguf/gguf-error';
import { routingText, verdictOf } from '../../../src/core/report/routing-text';
import { analyseRouting, concentrationOf, coverageOf } from '../../../src/core/routing/analyse-routing';
import { type Imatrix, readImatrix } from '../../../src/core/routing/read-imatrix';
import { RoutingError } from '../../../src/core/routing/routing-error';
import { type Routing, routingSchema } from '../../../src/core/routing/schema';
import { number32, text, writeGguf } from '../model/gguf/write-gguf';

const mixture = new Uint8Array(readFileSync('test/fixtures/imatrix/mixture-16-experts.gguf'));
const old = new Uint8Array(readFileSync('test/fixtures/imatrix/mixture-16-experts.dat'));

function read(bytes: Uint8Array): Imatrix {
  const reading = readImatrix(bytes.length);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    step = reading.next(bytes.subarray(offset, offset + length));
  }
  return step.value;
}

/** An importance matrix with these counts of one layer's experts. */
function matrixOf(counts: readonly number[], name = 'blk.3.ffn_down_exps.weight.counts'): Uint8Array {
  const bytes = writeGguf({
    pairs: [text('general.type', 'imatrix'), number32('imatrix.chunk_count', 2)],
    tensors: [{ name, dimensions: [1, counts.length], type: 'f32', offset: 0 }],
    dataBytes: 4 * counts.length,
  });
  const view = new DataView(bytes.buffer);
  for (const [index, count] of counts.entries()) {
    view.setFloat32(bytes.length - 4 * (counts.length - index), count, true);
  }
  return bytes;
}

describe('concentration', () => {
  it('is 0 where all experts are chosen alike and 1 where it is always the same', () => {
    expect(concentrationOf([5, 5, 5, 5])).toBeCloseTo(0, 12);
    expect(concentrationOf([0, 7, 0, 0])).toBe(1);
  });

  it('of two among four, evenly, is a half: ln 2 over ln 4', () => {
    expect(concentrationOf([9, 9, 0, 0])).toBeCloseTo(0.5, 12);
  });

  it('is not known where nothing was counted or there is nothing to choose', () => {
    expect(concentrationOf([0, 0])).toBeNull();
    expect(concentrationOf([4])).toBeNull();
  });

  it('lies between 0 and 1 and does not depend on the scale, whatever the counts', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 2, maxLength: 300 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 50 }), (values, factor) => {
        const one = concentrationOf(values);
        if (one === null) return values.every((value) => value === 0);
        const scaled = concentrationOf(values.map((value) => value * factor))!;
        return one >= 0 && one <= 1 && Math.abs(scaled - one) < 1e-9;
      }),
    );
  });
});

describe('coverage', () => {
  it('counts the hottest experts until they take the share', () => {
    const counts = [10, 50, 5, 35];
    expect(coverageOf(counts, 0.5)).toStrictEqual({ activations: 0.5, experts: 1, share_of_experts: 0.25 });
    expect(coverageOf(counts, 0.8)).toMatchObject({ experts: 2 });
    expect(coverageOf(counts, 0.9)).toMatchObject({ experts: 3 });
    expect(coverageOf(counts, 0.95)).toMatchObject({ experts: 3 });
    expect(coverageOf(counts, 0.96)).toMatchObject({ experts: 4 });
  });

  it('asks no expert more for the rounding of a sum', () => {
    const counts = Array.from({ length: 10 }, () => 0.1);
    expect(coverageOf(counts, 0.8)?.experts).toBe(8);
  });
});

function routingOf(counts: readonly number[]): Routing {
  return analyseRouting({ layers: [{ layer: 0, counts }], chunks: null, chunkTokens: null });
}

describe('whether a cache helps', () => {
  it('is yes where half of the experts take 80 %', () => {
    const routing = routingOf([50, 30, 15, 5]);
    expect(routing).toMatchObject({ routing_cache_helps: true, routing_hot_frac_for_coverage: 0.5 });
    expect(verdictOf(routing)).toContain('would help');
  });

  it('is no where routing is even', () => {
    expect(routingOf([25, 25, 25, 25])).toMatchObject({
      routing_cache_helps: false,
      routing_hot_frac_for_coverage: 1,
    });
  });

  it('is not known where nothing was routed', () => {
    const routing = routingOf([0, 0, 0]);
    expect(routing).toMatchObject({ routing_cache_helps: null, routing_concentration: null, coverage: [] });
    expect(routingText(routing)).toContain('nothing can be said');
  });
});

describe('an importance matrix', () => {
  it('of a real run tells every layer’s choices, four for each token', () => {
    const imatrix = read(mixture);
    expect(imatrix).toMatchObject({ chunks: 4, chunkTokens: 128 });
    expect(imatrix.layers.map(({ layer, counts }) => [layer, counts.length])).toStrictEqual([
      [0, 16],
      [1, 16],
      [2, 16],
    ]);
    const routing = analyseRouting(imatrix);
    for (const { activations } of routing.layers) expect(activations).toBe(4 * 512);
    expect(routing.routing_concentration).toBeGreaterThan(0);
    expect(() => routingSchema.parse(routing)).not.toThrow();
    expect(routingText(routing)).toMatch(/Tokens read +512/);
  });

  it('is read from one kind of tensor a layer, however many there are', () => {
    expect(read(matrixOf([1, 2, 3])).layers).toStrictEqual([{ layer: 3, counts: [1, 2, 3] }]);
    expect(read(matrixOf([1, 2], 'blk.0.ffn_gate_up_exps.weight.counts')).layers).toHaveLength(1);
  });

  it.each([
    ['in the format before GGUF', old, 'old-format'],
    ['of a dense model', matrixOf([4], 'blk.0.ffn_down.weight.counts'), 'no-experts'],
    ['that does not tell experts apart', matrixOf([4]), 'no-experts'],
    ['with a count below zero', matrixOf([1, -1]), 'damaged'],
    ['with a count that is no number', matrixOf([1, Number.NaN]), 'damaged'],
    ['with a count without end', matrixOf([1, Number.POSITIVE_INFINITY]), 'damaged'],
    ['that is cut off in its data', matrixOf([1, 2, 3]).slice(0, -4), 'damaged'],
    ['that is a model', writeGguf({ pairs: [text('general.architecture', 'llama')] }), 'not-an-imatrix'],
  ])('%s is refused', (_what, bytes, code) => {
    expect(() => read(bytes)).toThrow(RoutingError);
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('that is anything else is refused as no GGUF file', () => {
    expect(() => read(new Uint8Array())).toThrow(GgufError);
    expect(() => read(new TextEncoder().encode('{"not": "an imatrix"}'))).toThrow(GgufError);
  });

  it('with any bytes changed is read or refused, and never crashes', () => {
    const place = fc.integer({ min: 0, max: mixture.length - 1 });
    const changes = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(changes, (changed) => {
        const bytes = mixture.slice();
        for (const [at, value] of changed) bytes[at] = value;
        try {
          const { layers } = read(bytes);
          return layers.every(({ counts }) => counts.every((count) => count >= 0));
        } catch (error) {
          return error instanceof RoutingError || error instanceof GgufError;
        }
      }),
      { numRuns: 300 },
    );
  });
});
