import type { LayerRouting, Routing, RoutingSummary } from './schema';

/** Points of the curve after its first, which is nothing of nothing. */
const STEPS = 50;

/** A routing without the counts of each expert, which a picture does not need and a receipt need not carry. */
export function summariseRouting(routing: Routing): RoutingSummary {
  return {
    ...routing,
    layers: routing.layers.map(withoutCounts),
    curve: [...coverageCurve(routing.layers.flatMap(({ counts }) => counts))],
  };
}

function withoutCounts(layer: LayerRouting): RoutingSummary['layers'][number] {
  const { layer: number, experts, activations, used_experts, concentration, coverage } = layer;
  return { layer: number, experts, activations, used_experts, concentration, coverage };
}

/** Share of the activations that the hottest i ÷ 50 of the experts take, for i from 0 to 50; empty where nothing was counted. */
export function coverageCurve(counts: readonly number[]): readonly number[] {
  const hottest = [...counts].sort((left, right) => right - left);
  const total = hottest.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  const curve: number[] = [];
  let covered = 0;
  let taken = 0;
  for (let step = 0; step <= STEPS; step += 1) {
    const until = Math.round((step / STEPS) * hottest.length);
    while (taken < until) covered += hottest[taken++]!;
    curve.push(Math.min(1, covered / total));
  }
  return curve;
}
