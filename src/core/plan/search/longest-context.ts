import { largestThat } from '../../bisect';
import type { Question } from '../placement';
import { searchShape } from './search-shape';
import type { Settled } from './settle';
import { askedShape } from './shape';
import type { MakeScene } from './variants';

/** llama.cpp pads a sequence's share of the context to this many cells (`src/llama-context.cpp`). */
const STEP = 256;
/** Where the model does not say what it was trained for: as far as most are. */
const MOST_WITHOUT_TRAINING = 131_072;

/**
 * The most tokens, up to what the model was trained for, that fit somewhere and are still fast enough when the context is full;
 * of the placements that hold them the fastest. Null where not even the least context fits.
 */
export function longestContext(question: Question, scene: MakeScene): Settled | null {
  const { request, model } = question;
  const step = STEP * request.parallel;
  const most = request.context ?? (model.context_trained ?? MOST_WITHOUT_TRAINING) * request.parallel;
  const search = (context: number): Settled | null => {
    const set = scene({ ...askedShape(question), context });
    return set === null ? null : searchShape(set);
  };
  const whole = search(most);
  if (whole !== null || request.context !== null) return whole;
  let best: Settled | null = null;
  largestThat(1, Math.ceil(most / step) - 1, (steps) => {
    const found = search(steps * step);
    if (found !== null) best = found;
    return found !== null;
  });
  return best;
}
