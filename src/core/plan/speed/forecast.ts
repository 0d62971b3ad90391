import type { Model } from '../../model/schema';
import type { Profile } from '../../profile/schema';
import type { Plan } from '../schema';
import { microBatchOf, type Settings } from '../settings';
import { forecastDecode } from './decode';
import { areKnown, decodeTerms } from './decode-terms';
import { type Experience, noExperience } from './experience';
import type { Paging } from './paging';
import { forecastPrompt } from './prefill';
import { prefillTerms } from './prefill-terms';

/** Everything a plan says of speed. */
export type Forecast = Pick<
  Plan,
  'decode' | 'decode_at_context' | 'prefill' | 'first_token' | 'decode_terms' | 'prefill_terms'
>;

/** A prompt of a page or two with what a chat has said before; no more than the context holds. */
const PROMPT_TOKENS = 2048;

/**
 * Speeds of one placement, from measured figures and what is documented of runs elsewhere. `promptTokens` of the prompt whose first
 * token is waited for; null: as many as are usual.
 */
export function forecastSpeed(
  model: Model,
  profile: Profile,
  settings: Settings,
  paging: Paging | null,
  threads: number | null,
  learnt: Experience = noExperience,
  promptTokens: number | null = null,
): Forecast {
  const context = Math.max(1, Math.floor(settings.context / settings.sequences));
  const deep = context - 1;
  const prompt = Math.min(promptTokens ?? PROMPT_TOKENS, context);
  const { prefill, firstToken } = forecastPrompt(model, profile, settings, prompt, learnt.prefill);
  return {
    decode: forecastDecode(model, profile, settings, 0, paging, learnt.decode, threads),
    decode_at_context: forecastDecode(model, profile, settings, deep, paging, learnt.decode, threads),
    prefill,
    first_token: firstToken,
    decode_terms: [0, deep].map((depth) => decodeTerms(model, settings, depth)).filter(areKnown),
    prefill_terms: known(prefillTerms(model, settings, microBatchOf(settings), 0)),
  };
}

function known<Terms extends object>(terms: Parameters<typeof areKnown<Terms>>[0]): Terms | null {
  return areKnown(terms) ? terms : null;
}
