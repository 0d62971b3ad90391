import { grouped } from '../grouped';
import type { DeviceBudget } from './budgets';

type Card = Pick<DeviceBudget, 'name' | 'position' | 'gpu'>;

/** Cards for a sentence, those of one model together: `gpu1 to gpu7 (NVIDIA L4) and gpu8 (NVIDIA L40)`. */
export function cardNames(cards: readonly Card[]): string {
  const models = grouped(cards, ({ gpu }) => gpu.name ?? '');
  return listed(
    [...models].map(([model, own]) => {
      const names = listed(runsOf(own).flatMap(namesOfRun));
      return model === '' ? names : `${names} (${model})`;
    }),
  );
}

/** Cards that lie one after the other in the machine's order. */
function runsOf(cards: readonly Card[]): readonly (readonly Card[])[] {
  const runs: Card[][] = [];
  for (const card of cards) {
    const run = runs.at(-1);
    if (run?.at(-1)?.position === card.position - 1) run.push(card);
    else runs.push([card]);
  }
  return runs;
}

/** From three on the first and the last say it. */
function namesOfRun(run: readonly Card[]): readonly string[] {
  return run.length < 3 ? run.map(({ name }) => name) : [`${run[0]!.name} to ${run.at(-1)!.name}`];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
