import type { Explanation, LayerKind } from '../../core/model/explain-model';
import type { TensorRole } from '../../core/model/schema';

/** A part of the bar of weights. */
export interface MakeUpPart {
  readonly name: string;
  readonly colour: string;
  readonly bytes: number;
  /** Percent of the bar. */
  readonly width: number;
}

const kinds: readonly {
  readonly name: string;
  readonly colour: string;
  readonly roles: readonly TensorRole[];
}[] = [
  { name: 'Experts', colour: 'var(--part-model)', roles: ['expert'] },
  {
    name: 'Feed-forward',
    colour: 'var(--part-context)',
    roles: ['feed_forward', 'shared_expert', 'router'],
  },
  { name: 'Attention', colour: 'var(--part-compute)', roles: ['attention'] },
  { name: 'Recurrent', colour: 'var(--mantine-color-starboard-5)', roles: ['recurrent'] },
  {
    name: 'Embedding',
    colour: 'var(--part-output)',
    roles: ['token_embedding', 'per_layer_embedding'],
  },
  { name: 'Output', colour: 'var(--mantine-color-port-4)', roles: ['output', 'output_norm'] },
  { name: 'Other', colour: 'var(--part-overhead)', roles: ['norm', 'rope', 'other'] },
];

/** How the weights are drawn as one bar, the parts that there are in a fixed order. */
export function makeUpParts({ by_role, weight_bytes }: Explanation): readonly MakeUpPart[] {
  return kinds.flatMap(({ name, colour, roles }) => {
    const bytes = by_role
      .filter(({ key }) => roles.includes(key))
      .reduce((sum, tally) => sum + tally.bytes, 0);
    return bytes === 0 ? [] : [{ name, colour, bytes, width: (100 * bytes) / weight_bytes }];
  });
}

/** How each kind of layer is drawn. */
export const layerColours: Readonly<Record<LayerKind, string>> = {
  full: 'var(--part-model)',
  sliding: 'var(--part-context)',
  recurrent: 'var(--mantine-color-starboard-5)',
  both: 'var(--part-output)',
  none: 'var(--line-soft)',
  unknown: 'var(--part-overhead)',
};
