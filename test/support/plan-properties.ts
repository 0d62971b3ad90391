import { planExact } from '../../src/core/exact/plan-exact';
import { ArgumentsError } from '../../src/core/exact/arguments-error';
import { planModel } from '../../src/core/plan/plan-model';
import { altered } from '../../src/core/plan/remedies/situation';
import type { Plan } from '../../src/core/plan/schema';
import type { Profile } from '../../src/core/profile/schema';
import { type PlanCase, planCase, wordsOf } from './plan-cases';
import { unknownProblems } from './plan-unknowns';

/** What must hold of every plan. */
export const planProperties = ['more-memory', 'remedies', 'own-flags', 'unknowns', 'bandwidths'] as const;
export type PlanProperty = (typeof planProperties)[number];

/** How often a property was looked at, how often there was something to see, and where it does not hold. */
export interface PropertyCount {
  cases: number;
  /** Cases that had something to check: that shipped, or were refused with remedies, for instance. */
  telling: number;
  readonly broken: string[];
}

export type PropertyCounts = Readonly<Record<PlanProperty, PropertyCount>>;

/** Looks at cases `from` to `to` of a seed. */
export function countProperties(seed: number, from: number, to: number): PropertyCounts {
  const counts = Object.fromEntries(
    planProperties.map((name) => [name, { cases: 0, telling: 0, broken: [] }]),
  ) as unknown as PropertyCounts;
  for (let position = from; position < to; position++) {
    const one = planCase(seed, position);
    const plan = planned(one);
    for (const name of planProperties) {
      const count = counts[name];
      const problems = checks[name](one, plan);
      count.cases++;
      if (problems === null) continue;
      count.telling++;
      if (problems.length > 0) count.broken.push(`${name}: ${problems.join('; ')}; ${wordsOf(one)}`);
    }
  }
  return counts;
}

/** What is wrong, in words; null where the case has nothing to say. */
type Check = (one: PlanCase, plan: Plan) => readonly string[] | null;

const checks: Readonly<Record<PlanProperty, Check>> = {
  'more-memory': moreMemory,
  remedies,
  'own-flags': ownFlags,
  unknowns: unknownProblems,
  bandwidths,
};

function planned({ model, profile, request, companions }: PlanCase): Plan {
  return planModel(model, profile, request, companions);
}

/** More memory, on any of the devices, never turns ship into refuse. */
function moreMemory(one: PlanCase, plan: Plan): readonly string[] | null {
  if (plan.verdict !== 'ship') return null;
  const { random } = one;
  const { hardware } = one.profile;
  const more = (value: number | null, most: number): number | null =>
    value === null || random.chance(0.3) ? value : value + random.share() * most;
  const gpus = hardware.gpus?.map((gpu) => ({
    ...gpu,
    vram_free_mib: more(gpu.vram_free_mib, random.pick([100, 3000, 60_000])),
  }));
  const memory = { ...hardware.memory, ram_available_gib: more(hardware.memory.ram_available_gib, 64) };
  const larger = { ...one.profile, hardware: { ...hardware, memory, gpus: gpus ?? null } };
  const again = planned({ ...one, profile: larger });
  if (again.verdict !== 'refuse') return [];
  const free = gpus?.map((gpu) => gpu.vram_free_mib).join(' ');
  return [`refused with ${memory.ram_available_gib} GiB and ${free} MiB: ${again.reasons[0]!.message}`];
}

/** Every remedy ships when it is planned. */
function remedies(one: PlanCase, plan: Plan): readonly string[] | null {
  if (plan.verdict !== 'refuse') return plan.remedies.length === 0 ? null : [`${plan.verdict} with remedies`];
  if (plan.remedies.length === 0) return plan.no_remedy === null ? ['neither a remedy nor why not'] : null;
  return plan.remedies.flatMap((remedy) => {
    const changed = altered(one, remedy);
    const verdict = changed === null ? 'nothing' : planned({ ...one, ...changed }).verdict;
    return verdict === 'ship' ? [] : [`${remedy.code} is ${verdict}`];
  });
}

/** A plan that ships, judged again by its own flags, ships with the same bytes and at the same speed. */
function ownFlags(one: PlanCase, plan: Plan): readonly string[] | null {
  if (plan.verdict !== 'ship') return null;
  const again = judgedAgain(one, plan, one.profile);
  if (typeof again === 'string') return [again];
  const [mine, theirs] = [plan, again].map(({ memory }) => JSON.stringify(memory));
  return [
    ...(again.verdict === 'ship' ? [] : [`${again.verdict}: ${again.reasons[0]?.message}`]),
    ...(mine === theirs ? [] : [`other bytes: ${differences(plan, again)}`]),
    ...(JSON.stringify(plan.decode) === JSON.stringify(again.decode)
      ? []
      : [`another speed: ${plan.decode.forecast_tok_s} and ${again.decode.forecast_tok_s}`]),
    ...(JSON.stringify(plan.commands[0]) === JSON.stringify(again.commands[0]) ? [] : ['another command']),
  ];
}

function differences(plan: Plan, again: Plan): string {
  return plan.memory
    .flatMap((row, at) =>
      Object.entries(row)
        .filter(([key, value]) => again.memory[at]?.[key as keyof typeof row] !== value)
        .map(
          ([key, value]) => `${row.device} ${key} ${value} ${again.memory[at]?.[key as keyof typeof row]}`,
        ),
    )
    .join(', ');
}

function judgedAgain({ model, request, companions }: PlanCase, plan: Plan, profile: Profile): Plan | string {
  try {
    return planExact(model, profile, plan.commands[0]!.argv, 'llama-server', { request, companions });
  } catch (error) {
    if (error instanceof ArgumentsError) return error.message;
    throw error;
  }
}

/** With every bandwidth k times as high the ceilings of the same placement are k times as high. */
function bandwidths(one: PlanCase, plan: Plan): readonly string[] | null {
  if (plan.verdict !== 'ship' || plan.decode.ceiling_tok_s === null) return null;
  const factor = one.random.pick([0.25, 0.5, 2, 3, 7.5]);
  const again = judgedAgain(one, plan, faster(one.profile, factor));
  if (typeof again === 'string') return [again];
  return (['decode', 'decode_at_context', 'prefill'] as const).flatMap((which) => {
    const before = plan[which]?.ceiling_tok_s ?? null;
    const after = again[which]?.ceiling_tok_s ?? null;
    if (before === null && after === null) return [];
    const ratio = (after ?? 0) / (before ?? 0) / factor;
    return Math.abs(ratio - 1) < 1e-9 ? [] : [`${which} at ${factor} times: ${before} and ${after}`];
  });
}

function faster(profile: Profile, factor: number): Profile {
  const { memory, gpus, disks } = profile.hardware;
  const scaled = (value: number | null, by = factor): number | null => (value === null ? null : value * by);
  return {
    ...profile,
    hardware: {
      ...profile.hardware,
      memory: { ...memory, cpu_mem_bw_gbps: scaled(memory.cpu_mem_bw_gbps) },
      gpus:
        gpus?.map((gpu) =>
          Object.assign({}, gpu, {
            vram_bw_gbps: scaled(gpu.vram_bw_gbps),
            pcie_h2d_gbps: scaled(gpu.pcie_h2d_gbps),
          }),
        ) ?? null,
      disks: disks.map((disk) =>
        Object.assign({}, disk, {
          nvme_rand_qd1_read_mbps: scaled(disk.nvme_rand_qd1_read_mbps),
          nvme_seq_read_gbps: scaled(disk.nvme_seq_read_gbps),
          mapped_fault_us: scaled(disk.mapped_fault_us, 1 / factor),
        }),
      ),
    },
  };
}
