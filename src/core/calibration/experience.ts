import type { Model } from '../model/schema';
import type { Settings } from '../plan/settings';
import { type Experience, noExperience } from '../plan/speed/experience';
import { areKnown, decodeTerms } from '../plan/speed/decode-terms';
import { likenessOf, type Occasion } from './likeness';
import { lookUp } from './look-up';
import type { Calibration } from './schema';

/** What was learnt for one placement of a model. */
export function experienceOf(
  calibration: Calibration | null,
  model: Model,
  settings: Settings,
  occasion: Occasion,
): Experience {
  if (calibration === null || calibration.observations.length === 0) return noExperience;
  const terms = decodeTerms(model, settings, 0);
  if (!areKnown(terms)) return noExperience;
  const devices = terms.reads.map(({ device }) => device);
  const key = likenessOf(model, settings, devices, occasion);
  return { decode: lookUp(calibration, key, 'decode'), prefill: lookUp(calibration, key, 'prefill') };
}
