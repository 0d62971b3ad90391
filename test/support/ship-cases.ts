import { catalogEntries, catalogModel } from '../../src/core/catalog/models';
import type { Model } from '../../src/core/model/schema';
import { objectives, type PlanRequest, planRequestSchema } from '../../src/core/plan/request-schema';
import type { Profile } from '../../src/core/profile/schema';
import { gpuWith, profileWith } from '../core/plan/profiles';
import { modelNamed, modelNames } from '../core/plan/truth-rows';
import { Random } from '../fuzz/random';

/** A machine, a model and what is asked of both. */
export interface ShipCase {
  readonly position: number;
  /** A captured header, or a model of the catalog. */
  readonly from: 'header' | 'catalog';
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  /** Whether layers or experts are fixed by the user. */
  readonly fixed: boolean;
}

const quants = ['Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M', 'Q4_0', 'IQ4_XS', 'Q3_K_M', 'IQ2_XS'] as const;
const cardMib = [4096, 6144, 8192, 11264, 12288, 16384, 20480, 24576, 32768, 49152, 81920] as const;
const ramGib = [6, 12, 24, 48, 96, 192, 384] as const;
const contexts = [512, 2048, 4096, 8192, 12_000, 16_384, 32_768, 65_536, 131_072] as const;
const kvTypes = ['f16', 'f16', 'q8_0', 'q4_0', 'bf16'] as const;

/** The same seed makes the same cases; `harder`: hybrids as often as all others together, and objectives of every kind. */
export function shipCases(count: number, seed: number, maxGpus = 1, harder = false): readonly ShipCase[] {
  const random = new Random(seed);
  const catalog = catalogEntries().map(({ name }) => name);
  return Array.from({ length: count }, (_, position) => {
    if (harder) return harderCase(random, position, maxGpus);
    const from = random.chance(0.5) ? 'header' : 'catalog';
    const model =
      from === 'header'
        ? modelNamed(random.pick(modelNames))
        : catalogModel(random.pick(catalog), random.pick(quants))!;
    return { position, from, model, profile: machine(random, maxGpus), ...asked(random, model) };
  });
}

/** Models whose blocks keep states beside caches, as they are called here. */
const hybrids = [
  'qwen3-next-80b-a3b',
  'granite-4.0-h-tiny',
  'granite-4.0-h-small',
  'lfm2-8b-a1b',
  'nemotron-nano-9b-v2',
  'falcon-h1-7b',
  'qwen3.5-35b-a3b',
] as const;

function harderCase(random: Random, position: number, maxGpus: number): ShipCase {
  const names = random.chance(0.5) ? hybrids : catalogEntries().map(({ name }) => name);
  const model = catalogModel(random.pick(names), random.pick(quants))!;
  const made = { position, from: 'catalog' as const, model, profile: machine(random, maxGpus) };
  const { request, fixed } = asked(random, model);
  const objective = random.pick(objectives);
  const parallel = random.pick([1, 2, 3, 4, 8]);
  const context = objective === 'longest-context' ? null : request.context;
  const search_micro_batch = random.chance(0.3);
  return { ...made, fixed, request: { ...request, objective, parallel, context, search_micro_batch } };
}

function machine(random: Random, maxGpus: number): Profile {
  const count = random.chance(0.1) ? 0 : 1 + random.below(maxGpus);
  const gpus = Array.from({ length: count }, (_, index) => {
    const total = random.pick(cardMib);
    const free = total - 200 - random.below(Math.floor(total / 4));
    return gpuWith({
      index,
      vram_total_mib: total,
      vram_free_mib: free,
      context_overhead_mib: 250 + random.below(500),
      vram_bw_gbps: 200 + random.below(1800),
    });
  });
  return profileWith({ ramGib: random.pick(ramGib) * (0.6 + 0.4 * random.share()), gpus });
}

function asked(random: Random, model: Model): Pick<ShipCase, 'request' | 'fixed'> {
  const kv = random.pick(kvTypes);
  const fixed = random.chance(0.2);
  const layers = model.block_count ?? 1;
  const ubatch = random.pick([128, 256, 512, 512, 512, 1024, 2048]);
  return {
    fixed,
    request: planRequestSchema.parse({
      context: random.chance(0.1) ? 1 + random.below(40_000) : random.pick(contexts),
      parallel: random.pick([1, 1, 1, 2, 4]),
      kv_type_k: kv,
      kv_type_v: kv,
      flash_attention: kv === 'q8_0' || kv === 'q4_0' || random.chance(0.85),
      batch: Math.max(ubatch, random.pick([512, 2048])),
      micro_batch: ubatch,
      margin_mib: random.pick([0, 256, 1024, 1024, 3000]),
      gpu_layers: fixed ? random.below(layers + 2) : null,
      cpu_moe_layers: fixed && model.experts !== null && random.chance(0.5) ? random.below(layers + 1) : null,
    }),
  };
}
