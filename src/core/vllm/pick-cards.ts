import { catalogGpus, gpuNamed } from '../catalog/gpus/gpus';
import type { GpuSpec } from '../catalog/gpus/schema';
import { GIB } from '../units';
import { cardsOfSpec } from './cards';
import type { CardChoice } from './deployment';
import type { Card } from './schema';

/** No card of that name is known. */
export class UnknownCardError extends Error {
  override readonly name = 'UnknownCardError';
  constructor(readonly card: string) {
    super(`No card "${card.slice(0, 60)}" is known.`);
  }
}

/** The cards that were chosen, in their order. Throws UnknownCardError. */
export function pickCards(
  choices: readonly CardChoice[],
  specs: readonly GpuSpec[] = catalogGpus(),
): readonly Card[] {
  return choices.flatMap((choice) => {
    if ('card' in choice) {
      const spec = gpuNamed(choice.card, specs);
      if (spec === null) throw new UnknownCardError(choice.card);
      return cardsOfSpec(spec, choice.count);
    }
    const { memory_gib: memory, count, ...rest } = choice;
    const card: Card = { ...rest, memory_bytes: Math.round(memory * GIB), free_bytes: null, source: 'given' };
    return Array.from({ length: count }, () => card);
  });
}

/** `h100-sxm`, `2xh100-sxm` or `h100-sxm:2`: a card of the catalog and how many. */
export function readCardChoice(text: string): CardChoice {
  const before = /^(\d{1,4})x(.+)$/iu.exec(text);
  if (before !== null) return { card: before[2]!, count: Number(before[1]) };
  const after = /^(.+):(\d{1,4})$/u.exec(text);
  if (after !== null) return { card: after[1]!, count: Number(after[2]) };
  return { card: text, count: 1 };
}
