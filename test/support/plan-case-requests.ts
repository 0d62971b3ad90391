import type { Model } from '../../src/core/model/schema';
import { kvTypes, objectives, type PlanRequest, planRequestSchema } from '../../src/core/plan/request-schema';
import type { Random } from '../fuzz/random';

const contexts = [
  1,
  255,
  512,
  2048,
  4096,
  8192,
  12_000,
  16_384,
  32_768,
  65_536,
  131_072,
  2 ** 31 - 1,
] as const;
const patterns = [
  String.raw`blk\.[0-3]\.ffn_(up|down)`,
  'exps',
  'output_norm',
  String.raw`attn_[qk]`,
  'blk(',
] as const;

/** A request in which every option may be set; most leave most of them alone. */
export function requestOf(
  random: Random,
  { block_count: blocks, experts }: Model,
  gpus: number,
): PlanRequest {
  const sometimes = <Value>(share: number, make: () => Value): Value | undefined =>
    random.chance(share) ? make() : undefined;
  const layers = blocks ?? 1;
  const card = (): string => `gpu${random.below(gpus + (random.chance(0.05) ? 1 : 0)) || 0}`;
  const place = (): string => (gpus === 0 || random.chance(0.4) ? 'host' : card());
  const cache = random.chance(0.65) ? 'f16' : random.pick(kvTypes);
  const batch = random.pick([512, 2048, 2048, 4096]);
  const devices = sometimes(0.12, () => shuffled(random, gpus).slice(0, random.below(gpus + 1)));
  const used = devices?.length ?? gpus;
  return planRequestSchema.parse(
    known({
      context: sometimes(0.7, () => (random.chance(0.2) ? 1 + random.below(200_000) : random.pick(contexts))),
      parallel: random.pick([1, 1, 1, 2, 4, 16]),
      kv_type_k: cache,
      kv_type_v: random.chance(0.95) ? cache : random.pick(kvTypes),
      search_kv_types: sometimes(0.1, () => [random.pick(kvTypes), 'q4_0']),
      flash_attention: random.chance(0.92),
      batch,
      micro_batch: random.pick([1, 64, 512, 512, 512, 512, 2048]),
      search_micro_batch: random.chance(0.1),
      threads: sometimes(0.1, () => 1 + random.below(64)),
      objective: random.chance(0.7) ? undefined : random.pick(objectives),
      prompt_tokens: sometimes(0.1, () => 1 + random.below(4000)),
      answer_tokens: sometimes(0.1, () => 1 + random.below(2000)),
      devices,
      gpu_layers: sometimes(0.15, () => random.below(layers + 3)),
      cpu_moe_layers: sometimes(experts === null ? 0.02 : 0.12, () => random.below(layers + 2)),
      tensor_split: sometimes(0.08, () => Array.from({ length: used }, () => random.below(6))),
      split_mode: sometimes(0.06, () => random.pick(['none', 'layer', 'row'])),
      overrides: sometimes(0.08, () => [{ pattern: random.pick(patterns), device: place() }]),
      offload_cache: sometimes(0.1, () => random.chance(0.5)),
      floor_tok_s: sometimes(0.25, () => 0.1 * 2 ** random.below(11)),
      margin_mib: sometimes(0.3, () => random.pick([0, 256, 4096])),
      host_headroom_mib: sometimes(0.1, () => random.pick([0, 8192])),
      reserve_mib: sometimes(0.05, () => random.below(3000)),
      reserves: sometimes(0.08, () => [
        { device: random.chance(0.3) ? null : place(), mib: random.below(6000), what: 'another' },
      ]),
      budgets_mib: sometimes(0.08, () => ({ [place()]: random.below(60_000) })),
      allow_paging: random.chance(0.12),
    }),
  );
}

function shuffled(random: Random, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, at) => `gpu${at}`);
  for (let at = count - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [names[at], names[other]] = [names[other]!, names[at]!];
  }
  return names;
}

function known(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
