import { text } from './read-values';
import { type ShapingOption, valued } from './shaping-option';

/** How every tool is told which model it is. */
export const modelOptions: readonly (readonly [string, ShapingOption])[] = [
  ...valued(
    '-m --model',
    text((draft, value) => (draft.model = { kind: 'file', value })),
  ),
  ...valued(
    '-hf -hfr --hf-repo',
    text((draft, value) => (draft.model = { kind: 'hugging-face', value })),
  ),
];
