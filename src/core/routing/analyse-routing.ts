import type { ExpertCounts, Imatrix } from './read-imatrix';
import { type Coverage, coverageTargets, type LayerRouting, type Routing } from './schema';

/** The share of activations that a cache of hot experts is asked to serve. */
const CACHE_COVERAGE = 0.8;
/**
 * The largest share of the experts that may take for that. With even routing 80 % of the activations take 80 % of the experts, and
 * a cache saves nothing over leaving out layers; at half of them it serves 1.6 times what its size would. A choice of ours: the
 * seed names such a gate and does not give it.
 */
const CACHE_HOT_SHARE = 0.5;

/** How concentrated a mixture's routing is, by layer and whole; null where nothing was routed. */
export function analyseRouting({ layers, chunks, chunkTokens }: Imatrix): Routing {
  const analysed = layers.map(analyseLayer);
  const known = analysed.flatMap(({ concentration }) => (concentration === null ? [] : [concentration]));
  const all = layers.flatMap(({ counts }) => counts);
  const hot = coverageOf(all, CACHE_COVERAGE)?.share_of_experts ?? null;
  return {
    layers: analysed,
    activations: sumOf(all),
    routing_concentration: known.length === 0 ? null : sumOf(known) / known.length,
    coverage: coveragesOf(all),
    routing_hot_frac_for_coverage: hot,
    routing_cache_helps: hot === null ? null : hot <= CACHE_HOT_SHARE,
    chunks,
    chunk_tokens: chunkTokens,
  };
}

function analyseLayer({ layer, counts }: ExpertCounts): LayerRouting {
  return {
    layer,
    experts: counts.length,
    activations: sumOf(counts),
    used_experts: counts.filter((count) => count > 0).length,
    concentration: concentrationOf(counts),
    coverage: coveragesOf(counts),
    counts: [...counts],
  };
}

/**
 * 1 − H ÷ ln n, with H the entropy of the shares of n experts: 0 where all are chosen alike, 1 where it is always the same one. Null
 * where nothing was counted, or there is only one to choose.
 */
export function concentrationOf(counts: readonly number[]): number | null {
  const total = sumOf(counts);
  if (total === 0 || counts.length < 2) return null;
  let entropy = 0;
  for (const count of counts) {
    const share = count / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.min(1, Math.max(0, 1 - entropy / Math.log(counts.length)));
}

function coveragesOf(counts: readonly number[]): Coverage[] {
  return coverageTargets.flatMap((target) => coverageOf(counts, target) ?? []);
}

/** The fewest experts, hottest first, that take at least `target` of the activations; null where there are none. */
export function coverageOf(counts: readonly number[], target: number): Coverage | null {
  const total = sumOf(counts);
  if (total === 0) return null;
  const hottest = [...counts].sort((left, right) => right - left);
  // Rounding of the sum must not ask for one expert more.
  const wanted = target * total * (1 - 1e-12);
  let covered = 0;
  let experts = 0;
  while (covered < wanted && experts < hottest.length) covered += hottest[experts++]!;
  return { activations: target, experts, share_of_experts: experts / counts.length };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
