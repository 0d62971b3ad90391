import type { Model } from '../model/schema';
import type { Settings } from '../plan/settings';
import { areKnown, decodeTerms } from '../plan/speed/decode-terms';
import { likenessOf, type Occasion } from './likeness';
import { lookUp } from './look-up';
import type { Calibration, Learnt } from './schema';

/** What receipts of like conditions taught of both phases; null where there are none. */
export interface Experience {
  readonly decode: Learnt | null;
  readonly prefill: Learnt | null;
}

const none: Experience = { decode: null, prefill: null };

/** What was learnt for one placement of a model. */
export function experienceOf(
  calibration: Calibration,
  model: Model,
  settings: Settings,
  occasion: Occasion,
): Experience {
  if (calibration.observations.length === 0) return none;
  const terms = decodeTerms(model, settings, 0);
  if (!areKnown(terms)) return none;
  const devices = terms.reads.map(({ device }) => device);
  const key = likenessOf(model, settings, devices, occasion);
  return { decode: lookUp(calibration, key, 'decode'), prefill: lookUp(calibration, key, 'prefill') };
}
