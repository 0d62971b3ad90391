import { type Profile, type Gpu, profileSchema } from '../../src/core/profile/schema';
import type { Random } from '../fuzz/random';

const ramGib = [2, 4, 8, 16, 32, 64, 96, 192, 384, 768] as const;
const cardMib = [
  2048, 4096, 6144, 8192, 11_264, 12_288, 16_384, 24_576, 32_768, 49_152, 81_920, 143_360,
] as const;
/** A figure that is not known stays so in one of so many. */
const UNKNOWN = 1 / 40;

/** A machine with none to eight GPUs, unlike ones, of several makers at times, with shared memory at times; here and there a figure unknown. */
export function machineOf(random: Random): Profile {
  const total = random.pick(ramGib);
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-11-21T09:00:00.000Z',
    generator: 'test',
    hardware: {
      platform: { os: random.pick(['linux', 'linux', 'linux', 'win32', 'darwin']) },
      cpu: {
        physical_cores: maybe(random, 2 + random.below(62)),
        features: maybe(random, random.pick([['avx2'], ['avx2', 'avx512f'], ['dotprod', 'i8mm'], []])),
      },
      memory: {
        ram_total_gib: maybe(random, total),
        ram_available_gib: maybe(random, total * (0.3 + 0.68 * random.share())),
        ram_limit_gib: random.chance(0.1) ? total / 2 : null,
        pinnable_ceiling_gib: random.chance(0.3) ? total * random.share() : null,
        cpu_mem_bw_gbps: maybe(random, 10 + random.below(500)),
      },
      gpus: random.chance(UNKNOWN) ? null : cardsOf(random),
      disks: random.chance(0.5) ? [diskOf(random)] : [],
    },
  });
}

function cardsOf(random: Random): readonly Partial<Gpu>[] {
  if (random.chance(0.08)) return [{ ...cardOf(random, 0), memory_kind: 'unified' }];
  const alike = random.chance(0.2);
  const mixed = random.chance(0.05);
  const count = random.chance(0.5) ? random.below(3) : random.below(9);
  const first = cardOf(random, 0);
  return Array.from({ length: count }, (_, index) => ({
    ...(alike ? { ...first, index } : cardOf(random, index)),
    vendor: mixed && random.chance(0.5) ? 'amd' : 'nvidia',
    ...(mixed && random.chance(0.3) ? { memory_kind: 'unified' as const } : {}),
  }));
}

function cardOf(random: Random, index: number): Partial<Gpu> {
  const total = random.pick(cardMib);
  return {
    index,
    vendor: 'nvidia',
    name: 'a card',
    memory_kind: 'dedicated',
    vram_total_mib: maybe(random, total),
    vram_free_mib: maybe(random, Math.max(0, total - 200 - random.below(total / 2))),
    vram_bw_gbps: maybe(random, 100 + random.below(3000)),
    pcie_h2d_gbps: random.chance(0.3) ? null : 2 + random.below(50),
    context_overhead_mib: random.chance(0.3) ? null : 150 + random.below(600),
  };
}

function diskOf(random: Random): object {
  return {
    directory: '/models',
    nvme_rand_qd1_read_mbps: maybe(random, 20 + random.below(80)),
    nvme_seq_read_gbps: maybe(random, 1 + random.below(12)),
    mapped_fault_us: random.chance(0.5) ? 20 + random.below(400) : null,
  };
}

function maybe<Value>(random: Random, value: Value): Value | null {
  return random.chance(UNKNOWN) ? null : value;
}
