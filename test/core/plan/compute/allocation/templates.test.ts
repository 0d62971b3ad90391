import { describe, expect, it } from 'vitest';
import { computeBytes, drawnWhole } from '../../../../../src/core/plan/compute/compute-bytes';
import { modelNamed, modelNames } from '../../truth-rows';
import { Random, randomSettings, shown } from '../random-settings';

const PER_MODEL = Number(process.env.PLIMSOLL_TEMPLATE_CASES ?? 20);

describe('compute buffers by repetition', () => {
  it.each(modelNames)(
    'are for %s the same bytes as with every block drawn, whatever the arguments',
    (name) => {
      const model = modelNamed(name);
      const random = new Random(modelNames.indexOf(name) + 1);
      for (let index = 0; index < PER_MODEL; index++) {
        const settings = randomSettings(model, random);
        expect(computeBytes(model, settings)?.bytes, shown(settings)).toEqual(drawnWhole(model, settings));
      }
    },
  );
});
