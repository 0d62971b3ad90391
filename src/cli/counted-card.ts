import { ExpectedError } from '../contract/errors';
import { readCardChoice } from '../core/vllm/pick-cards';

/** `rtx-4090`, `2x rtx-4090` or `rtx-4090:2` behind `option`. Throws ExpectedError where it is no card at all. */
export function countedCard(option: string, text: string): ReturnType<typeof readCardChoice> {
  const choice = readCardChoice(text);
  if (choice.count > 0) return choice;
  throw new ExpectedError(
    'usage',
    `${option} ${text} is no card at all.`,
    'Say how many, from 1 on: 2xh100-sxm, or h100-sxm for one.',
  );
}
