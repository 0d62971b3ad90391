import type { Bytes } from '../../units';
import type { Quality } from '../quality/schema';
import type { PlanRequest } from '../schema';

/** Something the user could do, in words and as an alteration of what was planned. */
export interface Change {
  readonly code: string;
  readonly message: string;
  /** Higher costs the user more; docs/spec/verdict.md says why. */
  readonly cost: number;
  readonly request: Partial<PlanRequest>;
  readonly memory: readonly { readonly device: string; readonly bytes: Bytes }[];
  readonly quant: string | null;
  readonly quality: Quality | null;
}

/** Changes of one kind, from the mildest to the strongest: what a milder one does, a stronger one does too. */
export type Kind = readonly Change[];

/** A change with what is given; nothing else is altered. */
export function change(parts: Partial<Change> & Pick<Change, 'code' | 'message' | 'cost'>): Change {
  return { request: {}, memory: [], quant: null, quality: null, ...parts };
}

/** Two changes at once. */
export function both(first: Change, second: Change): Change {
  return {
    code: `${first.code}+${second.code}`,
    message: `${first.message} ${second.message}`,
    cost: first.cost + second.cost,
    request: { ...first.request, ...second.request },
    memory: [...first.memory, ...second.memory],
    quant: first.quant ?? second.quant,
    quality: first.quality ?? second.quality,
  };
}
