import { describe, expect, it } from 'vitest';
import { computeBytes, drawnWhole } from '../../../../../src/core/plan/compute/compute-bytes';
import { modelNamed } from '../../truth-rows';
import { Random, randomSettings, shown } from '../random-settings';

const PLACEMENTS = Number(process.env.PLIMSOLL_SEQUENCE_CASES ?? 14);

/** Dense, a mixture, windows in a pattern, shared caches, and recurrent states between attention. */
const names = [
  'llama-3.1-8b',
  'gpt-oss-20b',
  'gemma-3-12b',
  'gemma-4-e4b',
  'qwen3-next-80b-a3b',
  'mixtral-8x7b',
];

describe('compute buffers block by block', () => {
  it.each(names)(
    'are for %s the same bytes as with every block drawn, wherever its blocks lie: what one placement taught serves the others',
    (name) => {
      const model = modelNamed(name);
      const random = new Random(names.indexOf(name) + 1);
      const batch = { tool: 'llama-server', microBatch: 512, batch: 2048, context: 32_768 } as const;
      for (let index = 0; index < PLACEMENTS; index++) {
        const settings = {
          ...randomSettings(model, random),
          ...batch,
          sequences: random.of(1, 2),
          keyType: 'f16',
          valueType: 'f16',
          unified: false,
          flashAttention: true,
          offloadCache: true,
          overrides: [],
        } as const;
        expect(computeBytes(model, settings)?.bytes, shown(settings)).toEqual(drawnWhole(model, settings));
      }
    },
  );
});
