import { GIB, type Bytes } from '../units';

/** Fragmentation that the rule allows for in the KV cache. */
export const FRAGMENTATION = 1.15;
/** Share of a card's memory that vLLM may take, its own default until 0.19. */
export const UTILISATION = 0.9;
/** Headroom below which running out of memory is a medium risk. */
export const LOW_RISK_HEADROOM: Bytes = 2 * GIB;
/** Share of the allocatable memory above which the KV cache is warned of. */
export const KV_PRESSURE = 0.5;

/** Parts of the rule's overhead: at least so much, a share of the memory, and more for each further rank. */
const LEAST_OVERHEAD_GIB = 1;
const OVERHEAD_SHARE = 0.02;
const RANK_OVERHEAD_GIB = 0.25;

/** What of a model the rule knows: every layer alike, no windows, no states. */
export interface UniformShape {
  readonly layers: number;
  readonly kv_heads: number;
  readonly head_dim: number;
}

export const oomRisks = ['low', 'medium', 'high'] as const;
export type OomRisk = (typeof oomRisks)[number];

/** What the rule is asked: bytes are of all cards that share one copy of the model. */
export interface RuleQuestion {
  readonly parameters: number;
  readonly bytes_per_parameter: number;
  readonly shape: UniformShape;
  readonly kv_bytes: number;
  readonly context: number;
  readonly concurrency: number;
  readonly fragmentation: number;
  readonly vram_bytes: Bytes;
  readonly tensor_parallel: number;
  /** Null: by the rule. */
  readonly overhead_gib: number | null;
  readonly gpu_memory_utilization: number;
  readonly headroom_bytes: Bytes;
}

/** What the rule answers; bytes over all cards of one copy of the model. */
export interface RuleAnswer {
  readonly weights_bytes: Bytes;
  readonly kv_cache_bytes: Bytes;
  readonly overhead_bytes: Bytes;
  readonly vram_bytes: Bytes;
  readonly allocatable_bytes: Bytes;
  readonly required_bytes: Bytes;
  readonly headroom_bytes: Bytes;
  readonly fits: boolean;
  readonly oom_risk: OomRisk;
  readonly kv_share: number;
  /** Largest at this context, and at this concurrency; 0 where not even one session or token fits. */
  readonly max_concurrency: number;
  readonly max_context: number;
  readonly warnings: readonly string[];
}

/** Rule of thumb: parameters × bytes of one. 7 billion at 2 bytes are 14 GB, which is 13.04 GiB. */
export function weightsByRule(parameters: number, bytesPerParameter: number): Bytes {
  return Math.round(parameters * bytesPerParameter);
}

/** Rule of thumb: 2 × KV heads × head size × layers × context × concurrency × bytes × fragmentation. */
export function kvByRule(
  shape: UniformShape,
  context: number,
  concurrency: number,
  bytes: number,
  fragmentation: number,
): Bytes {
  return Math.round(kvOfToken(shape, bytes, fragmentation) * context * concurrency);
}

/** Rule of thumb: max(1 GiB, 2 % of the memory) and 0.25 GiB for each further rank; or what was given instead. */
export function overheadByRule(vram: Bytes, ranks: number, fixedGib: number | null): Bytes {
  if (fixedGib !== null) return Math.round(fixedGib * GIB);
  const base = Math.max(LEAST_OVERHEAD_GIB, (OVERHEAD_SHARE * vram) / GIB);
  return Math.round((base + RANK_OVERHEAD_GIB * Math.max(0, ranks - 1)) * GIB);
}

/** How likely memory runs out, by what is left of the allocatable part. */
export function riskOf(headroom: Bytes): OomRisk {
  if (headroom < 0) return 'high';
  return headroom >= LOW_RISK_HEADROOM ? 'low' : 'medium';
}

/** The whole rule: weights, cache, overhead, headroom, risk, and the largest context and concurrency. */
export function judgeByRule(question: RuleQuestion): RuleAnswer {
  const { shape, kv_bytes: bytes, fragmentation, context, concurrency } = question;
  const weights = weightsByRule(question.parameters, question.bytes_per_parameter);
  const kv = kvByRule(shape, context, concurrency, bytes, fragmentation);
  const overhead = overheadByRule(question.vram_bytes, question.tensor_parallel, question.overhead_gib);
  const allocatable = Math.round(question.vram_bytes * question.gpu_memory_utilization);
  const headroom = allocatable - (weights + kv + overhead);
  const room = Math.max(0, allocatable - weights - overhead);
  const token = kvOfToken(shape, bytes, fragmentation);
  const share = allocatable === 0 ? 1 : kv / allocatable;
  const fits = headroom >= question.headroom_bytes;
  const risk = riskOf(headroom);
  return {
    weights_bytes: weights,
    kv_cache_bytes: kv,
    overhead_bytes: overhead,
    vram_bytes: question.vram_bytes,
    allocatable_bytes: allocatable,
    required_bytes: weights + kv + overhead,
    headroom_bytes: headroom,
    fits,
    oom_risk: risk,
    kv_share: share,
    max_concurrency: Math.floor(room / (token * context)),
    max_context: Math.floor(room / (token * concurrency)),
    warnings: warningsOf(fits, risk, share),
  };
}

function kvOfToken(shape: UniformShape, bytes: number, fragmentation: number): number {
  return 2 * shape.kv_heads * shape.head_dim * shape.layers * bytes * fragmentation;
}

function warningsOf(fits: boolean, risk: OomRisk, share: number): readonly string[] {
  return [
    ...(fits ? [] : ['The configuration does not fit with the headroom asked for.']),
    ...(risk === 'high' ? ['High risk of running out of memory: more is needed than may be taken.'] : []),
    ...(risk === 'medium' ? ['Medium risk of running out of memory: less than 2 GiB are left.'] : []),
    ...(share > KV_PRESSURE
      ? [`The KV cache takes ${Math.round(share * 100)} % of the memory that may be taken.`]
      : []),
  ];
}
