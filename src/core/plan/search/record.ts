import { assertNever } from '../../assert-never';
import { formatBytes, formatInteger, formatTokenRate } from '../../report/format';
import type { Question } from '../placement';
import { type Ledger, vramOf, type Weighed } from './ledger';
import { kindTitles } from './kind-titles';
import type { Search, Tried } from './schema';
import { pagingOf } from '../paging-share';
import type { Valuer } from './value';

/** What was tried and why this won, as a plan shows it. */
export function searchRecord(ledger: Ledger, valuer: Valuer, chosen: Weighed): Search {
  return {
    objective: ledger.question.request.objective,
    kinds: ledger.kinds.map(([kind, { bounded, atMost, weighed, fitting, best }]) => ({
      kind,
      bounded,
      weighed,
      at_most_tok_s: valuer.measured ? atMost : null,
      fitting,
      best: best === null ? null : triedOf(ledger.question, valuer, best),
    })),
    chosen: chosen.kind,
    why: whyOf(ledger, valuer, chosen),
  };
}

function triedOf(question: Question, valuer: Valuer, { candidate }: Weighed): Tried {
  const { settings, short } = candidate;
  const paging = pagingOf(question.request, candidate);
  const asked = question.request.objective === 'shortest-turn';
  return {
    flags: flagsOf(candidate.settings),
    context: settings.context,
    decode_tok_s: valuer.measured ? valuer.rate(settings, 0, paging) : null,
    turn_seconds: asked && valuer.measured ? valuer.turn(settings, paging) : null,
    vram_bytes: vramOf(candidate),
    short_bytes: short,
  };
}

function flagsOf(settings: Weighed['candidate']['settings']): string {
  const { devices, gpuLayers, cpuMoeLayers, tensorSplit, overrides, offloadCache, keyType, microBatch } =
    settings;
  if (devices.length === 0) return '-dev none';
  return [
    `-ngl ${gpuLayers}`,
    cpuMoeLayers > 0 ? `-ncmoe ${cpuMoeLayers}` : null,
    tensorSplit === null ? null : `-ts ${tensorSplit.join(',')}`,
    overrides.length > 0 ? `-ot (${overrides.length})` : null,
    offloadCache ? null : '-nkvo',
    `-dev ${devices.map(({ name }) => name).join(',')}`,
    keyType === 'f16' ? null : `-ctk ${keyType}`,
    microBatch === 512 ? null : `-ub ${microBatch}`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

function whyOf(ledger: Ledger, valuer: Valuer, chosen: Weighed): string {
  if (!chosen.fits) return 'Nothing that was tried fits; this comes nearest.';
  const why = servedBest(ledger, valuer, chosen);
  return valuer.measured ? `${why}.` : `${why}. ${unmeasured}`;
}

const unmeasured =
  'Bandwidths were not all measured, so what lies on a GPU counts as faster than what does not.';

function servedBest(ledger: Ledger, valuer: Valuer, chosen: Weighed): string {
  const { request } = ledger.question;
  const { candidate } = chosen;
  const paging = pagingOf(request, candidate);
  switch (request.objective) {
    case 'longest-context':
      return `The longest context that fits and is fast enough when full: ${formatInteger(candidate.settings.context)} tokens`;
    case 'least-vram':
      return `The fewest bytes on GPUs that are fast enough: ${formatBytes(vramOf(candidate))}`;
    case 'shortest-turn':
      if (!valuer.measured) return 'Of all that fit, the most on GPUs';
      return `The shortest turn of all that fit: ${valuer.turn(candidate.settings, paging).toFixed(1)} s`;
    case 'fastest-decode':
      if (!valuer.measured) return 'Of all that fit, the most on GPUs';
      return `The fastest decoding of all that fit: ${formatTokenRate(valuer.rate(candidate.settings, 0, paging))}${beside(ledger, valuer, chosen)}`;
    default:
      return assertNever(request.objective);
  }
}

function beside(ledger: Ledger, valuer: Valuer, chosen: Weighed): string {
  const next = runnerUp(ledger, chosen);
  if (next === null) return '';
  const rate = formatTokenRate(valuer.rate(next.candidate.settings, 0, null));
  return `, ahead of ${rate} with ${kindTitles[next.kind]}`;
}

function runnerUp(ledger: Ledger, chosen: Weighed): Weighed | null {
  let next: Weighed | null = null;
  for (const [, { best }] of ledger.kinds) {
    if (best === null || best.kind === chosen.kind || !best.fits) continue;
    if (next === null || ledger.isBetter(best, next)) next = best;
  }
  return next;
}
