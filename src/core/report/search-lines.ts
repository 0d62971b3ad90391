import { kindTitles } from '../plan/search/kind-titles';
import type { Search, TriedKind } from '../plan/search/schema';
import { formatBytes, formatInteger, formatTokenRate } from './format';
import { bullets, type Layout } from './layout';

/** How a placement was chosen: why it won, then what each kind came to, the chosen first. */
export function searchLines(search: Search | null, layout: Layout): string[] {
  if (search === null) return [];
  const others = search.kinds.filter(({ kind }) => kind !== search.chosen);
  const own = search.kinds.filter(({ kind }) => kind === search.chosen);
  return bullets([search.why, ...[...own, ...others].map((each) => kindLine(each, search))], layout);
}

/** One kind of placement, with its best and how many were looked at. */
function kindLine(kind: TriedKind, search: Search): string {
  return `${kindTitles[kind.kind]}: ${kindOutcome(kind, search)} (${countsOf(kind)})`;
}

/** What the best of a kind came to. */
export function kindOutcome({ best, at_most_tok_s: most }: TriedKind, { objective }: Search): string {
  if (best === null) {
    if (most === null) return 'nothing of the kind can be placed';
    return `at most ${formatTokenRate(most)}, so not looked at further`;
  }
  const figures = [
    best.decode_tok_s === null ? null : formatTokenRate(best.decode_tok_s),
    best.turn_seconds === null ? null : `${best.turn_seconds.toFixed(1)} s a turn`,
    objective === 'longest-context' ? `${formatInteger(best.context)} tokens` : null,
    objective === 'least-vram' || best.decode_tok_s === null
      ? `${formatBytes(best.vram_bytes)} on GPUs`
      : null,
    best.short_bytes === null || best.short_bytes === 0 ? null : `${formatBytes(best.short_bytes)} short`,
  ].filter((part) => part !== null);
  return `${figures.join(', ')} with ${best.flags}`;
}

function countsOf({ bounded, weighed, fitting }: TriedKind): string {
  if (weighed === 0) return `${bounded} bounded`;
  return `${bounded} bounded, ${weighed} weighed, ${fitting} fit`;
}
