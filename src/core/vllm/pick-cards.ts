import { didYouMean } from '../catalog/find-named';
import { catalogGpus, findGpu } from '../catalog/gpus/gpus';
import type { GpuSpec } from '../catalog/gpus/schema';
import { GIB } from '../units';
import { cardsOfSpec } from './cards';
import type { CardChoice } from './deployment';
import type { Card } from './schema';

/** No card of that name is known. */
export class UnknownCardError extends Error {
  override readonly name = 'UnknownCardError';
  constructor(
    readonly card: string,
    near: readonly string[],
  ) {
    super(`No card "${card.slice(0, 60)}" is known.${didYouMean(near)}`);
  }
}

/** The cards that were chosen, in their order. Throws UnknownCardError. */
export function pickCards(
  choices: readonly CardChoice[],
  specs: readonly GpuSpec[] = catalogGpus(),
): readonly Card[] {
  return choices.flatMap((choice) => {
    if ('card' in choice) {
      const found = findGpu(choice.card, specs);
      if (found.kind === 'unclear') throw new UnknownCardError(choice.card, found.near);
      return cardsOfSpec(found.entry, choice.count);
    }
    const { memory_gib: memory, count, ...rest } = choice;
    const card: Card = { ...rest, memory_bytes: Math.round(memory * GIB), free_bytes: null, source: 'given' };
    return Array.from({ length: count }, () => card);
  });
}

/** `h100-sxm`, `2xh100-sxm` or `h100-sxm:2`: a card of the catalog and how many. */
export function readCardChoice(text: string): Extract<CardChoice, { readonly card: string }> {
  const before = /^\s*(\d{1,4})\s*x\s*(.+)$/iu.exec(text);
  if (before !== null) return { card: before[2]!, count: Number(before[1]) };
  const after = /^(.+):(\d{1,4})$/u.exec(text);
  if (after !== null) return { card: after[1]!, count: Number(after[2]) };
  return { card: text, count: 1 };
}
