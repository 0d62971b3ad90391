import type { Model } from '../model/schema';
import { formatBytes, formatInteger } from '../report/format';
import type { Verdict } from '../plan/schema';
import { cardsOf, whyNotDivided } from './parallel';
import type { Card, ExactAnswer, VllmReason, VllmRequest, VllmSettings } from './schema';

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly VllmReason[];
}

/** Ship where the requests fit even at the far ends of what is not known, refuse where they do not at the near ends. */
export function judge(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  settings: VllmSettings,
  exact: ExactAnswer | null,
): Judgement {
  const barred = whyNot(model, cards, settings);
  if (barred !== null) return { verdict: 'refuse', reasons: [barred] };
  const unknown = whatIsUnknown(model, cards, exact);
  if (unknown !== null || exact === null)
    return { verdict: 'unknown', reasons: unknown === null ? [] : [unknown] };
  const tight = notEnoughFree(cards ?? [], settings);
  if (tight !== null) return { verdict: 'refuse', reasons: [tight] };
  return judgeMemory(request, exact);
}

/** What no amount of memory helps. */
function whyNot(model: Model, cards: readonly Card[] | null, settings: VllmSettings): VllmReason | null {
  const { parallel, context } = settings;
  const sentence = whyNotDivided(model, parallel);
  if (sentence !== null) return reason('cannot-divide', sentence);
  const needed = cardsOf(parallel);
  if (cards !== null && cards.length < needed) {
    return reason(
      'too-few-cards',
      `${needed === 1 ? '1 card is' : `${needed} cards are`} needed, and ${cards.length === 0 ? 'there is none' : `there are ${cards.length}`}.`,
    );
  }
  if (model.context_trained !== null && context > model.context_trained) {
    return reason(
      'context-beyond-trained',
      `The model was trained for ${formatInteger(model.context_trained)} tokens; vLLM refuses ${formatInteger(context)}.`,
    );
  }
  return null;
}

function whatIsUnknown(
  model: Model,
  cards: readonly Card[] | null,
  exact: ExactAnswer | null,
): VllmReason | null {
  if (cards === null)
    return reason('missing-measurement', 'Whether this machine has cards could not be looked up.');
  const dark = cards.findIndex(({ memory_bytes: memory }) => memory === null);
  if (exact === null && dark !== -1) {
    return reason(
      'missing-measurement',
      `How much memory ${cards[dark]!.name} has is not known.`,
      `gpu${dark}`,
    );
  }
  if (exact === null) {
    return reason(
      'unknown-architecture',
      model.tensors.length === 0
        ? `The tensors of ${model.name} are not known, so neither is what they weigh.`
        : `What a request of ${model.name} keeps in memory is not known.`,
    );
  }
  return null;
}

/** vLLM looks at start-up whether so much is free, and ends where it is not. */
function notEnoughFree(
  cards: readonly Card[],
  { gpu_memory_utilization: share, parallel }: VllmSettings,
): VllmReason | null {
  for (const [index, card] of cards.slice(0, cardsOf(parallel)).entries()) {
    if (card.free_bytes === null || card.memory_bytes === null) continue;
    const short = Math.ceil(card.memory_bytes * share - card.free_bytes);
    if (short > 0) {
      return reason(
        'below-utilisation',
        `vLLM is to take ${share} of ${card.name}, ${formatBytes(short)} more than is free there now.`,
        `gpu${index}`,
        short,
      );
    }
  }
  return null;
}

function judgeMemory({ concurrency }: VllmRequest, exact: ExactAnswer): Judgement {
  const scarce = [...exact.ranks].sort((left, right) => spare(left, 'low') - spare(right, 'low'))[0]!;
  const low = spare(scarce, 'low');
  const high = spare(scarce, 'high');
  const { device, name } = scarce;
  if (scarce.cache_bytes.high < 0) {
    const message = `The weights alone are too large for ${name} (${device}): ${formatBytes(-scarce.cache_bytes.high)} too much.`;
    return refuse('weights-too-large', message, device, -scarce.cache_bytes.high);
  }
  const one = concurrency === 1;
  const requests = one ? 'One request' : `${formatInteger(concurrency)} requests`;
  if (high < 0) {
    return refuse(
      'over-budget',
      `${requests} of this length ${one ? 'takes' : 'take'} ${formatBytes(-high)} more than ${name} (${device}) has left.`,
      device,
      -high,
    );
  }
  if (low < 0) {
    const message = `${requests} of this length ${one ? 'fits' : 'fit'} or not by what only a start shows: between ${formatBytes(-low)} too much and ${formatBytes(high)} to spare on ${name} (${device}).`;
    return { verdict: 'unknown', reasons: [reason('between', message, device, low)] };
  }
  return {
    verdict: 'ship',
    reasons: [
      reason(
        'fits',
        `${requests} of this length ${one ? 'fits' : 'fit'} with at least ${formatBytes(low)} to spare on ${name} (${device}).`,
        device,
        low,
      ),
    ],
  };
}

function spare(rank: ExactAnswer['ranks'][number], end: 'low' | 'high'): number {
  return rank.cache_bytes[end] - rank.asked_bytes;
}

function refuse(code: VllmReason['code'], message: string, device: string, bytes: number): Judgement {
  return { verdict: 'refuse', reasons: [reason(code, message, device, bytes)] };
}

function reason(
  code: VllmReason['code'],
  message: string,
  device: string | null = null,
  bytes: number | null = null,
): VllmReason {
  return { code, device, bytes, message };
}
