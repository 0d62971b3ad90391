import type { Model } from '../model/schema';
import { exactAnswer } from './exact';
import type { Card, ExactAnswer, VllmRequest, VllmSettings } from './schema';
import { type Choice, DEFAULT_SEQUENCES, settingsOf } from './settle';
import { judge, type Judgement } from './verdict';

/** One way to deploy, worked out. */
export interface Evaluated extends Judgement {
  readonly choice: Choice;
  readonly settings: VllmSettings;
  readonly exact: ExactAnswer | null;
}

/**
 * Works one choice out. Where nobody said how many requests run at once, it is as many as fit: worked out once with vLLM's own bound,
 * whose trial run takes the most, then again with what came of it.
 */
export function evaluate(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  choice: Choice,
): Evaluated {
  const known = cards ?? [];
  const first = request.max_sequences ?? Math.max(DEFAULT_SEQUENCES, sequencesAsked(request));
  const settings = settingsOf(known, request, choice, Math.min(first, MOST_SEQUENCES));
  const exact = answerFor(model, cards, request, settings);
  if (request.max_sequences !== null || exact === null)
    return judged(model, cards, request, choice, settings, exact);
  const sequences = sequencesFor(exact, request);
  const fitted = settingsOf(known, request, choice, sequences);
  return judged(model, cards, request, choice, fitted, answerFor(model, cards, request, fitted));
}

/** More than any scheduler runs at once. */
const MOST_SEQUENCES = 65_536;

function judged(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  choice: Choice,
  settings: VllmSettings,
  exact: ExactAnswer | null,
): Evaluated {
  return { choice, settings, exact, ...judge(model, cards, request, settings, exact) };
}

function answerFor(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  settings: VllmSettings,
): ExactAnswer | null {
  const { tensor, pipeline, data } = settings.parallel;
  if (cards === null || cards.length < tensor * pipeline * data) return null;
  return exactAnswer(model, cards, request, settings);
}

function sequencesAsked({ concurrency, data_parallel: copies }: VllmRequest): number {
  return Math.ceil(concurrency / copies);
}

/** At least what was asked for; else what surely fits at full length, at most vLLM's bound. */
function sequencesFor(exact: ExactAnswer, request: VllmRequest): number {
  const fitting = Math.floor(exact.concurrency.low / request.data_parallel);
  const wanted = Math.max(sequencesAsked(request), Math.min(DEFAULT_SEQUENCES, fitting));
  return Math.min(Math.max(1, wanted), MOST_SEQUENCES);
}
