import { assertNever } from '../assert-never';
import { largestThat } from '../bisect';
import type { Bytes } from '../units';
import type { CacheGroup, CacheLayout } from './kv-groups';
import type { Stage } from './parallel';

/** What decides how many blocks a request takes. */
export interface RequestForm {
  /** Tokens of one scheduling step (`--max-num-batched-tokens`). */
  readonly batchedTokens: number;
  readonly prefixCaching: boolean;
}

/** Blocks that `available` bytes hold on a card of this stage; Infinity for a model that keeps nothing. */
export function blocksIn(layout: CacheLayout, stage: Stage, available: Bytes): number {
  const bytes = layout.blockBytes(stage);
  return bytes === 0 ? Infinity : Math.max(0, Math.floor(available / bytes));
}

/** Blocks that one request of `tokens` takes at most, over all groups (`kv_cache_interface.py: max_memory_usage_bytes`). */
export function blocksOfRequest(layout: CacheLayout, tokens: number, form: RequestForm): number {
  return layout.groups.reduce((sum, group) => sum + blocksOfGroup(group, tokens, form), 0);
}

function blocksOfGroup({ kind, window, block }: CacheGroup, tokens: number, form: RequestForm): number {
  switch (kind) {
    case 'full':
      return Math.ceil(tokens / block);
    case 'sliding':
      // one more, because a window need not begin where a block does
      return Math.ceil(Math.min((window ?? 0) - 1 + form.batchedTokens, tokens) / block) + 1;
    case 'state':
      return form.prefixCaching ? 2 : 1;
    default:
      return assertNever(kind);
  }
}

/** Requests of `tokens` that so many blocks hold at once, with its fraction: "Maximum concurrency for N tokens per request". */
export function concurrencyOf(
  layout: CacheLayout,
  blocks: number,
  tokens: number,
  form: RequestForm,
): number {
  const each = blocksOfRequest(layout, tokens, form);
  return each === 0 ? Infinity : blocks / each;
}

/** The longest request, at most `most` tokens, of which `concurrency` fit at once; 0 where not even one token does. */
export function longestContext(
  layout: CacheLayout,
  blocks: number,
  concurrency: number,
  most: number,
  form: RequestForm,
): number {
  const fits = (tokens: number): boolean => blocksOfRequest(layout, tokens, form) * concurrency <= blocks;
  return largestThat(1, most, fits) ?? 0;
}

/** "GPU KV cache size": tokens that requests of this length can keep together. */
export function tokensOf(layout: CacheLayout, blocks: number, tokens: number, form: RequestForm): number {
  if (layout.kind === 'one' || layout.kind === 'as-full') return blocks * (layout.groups[0]?.block ?? 0);
  return Math.floor(concurrencyOf(layout, blocks, tokens, form) * tokens);
}
