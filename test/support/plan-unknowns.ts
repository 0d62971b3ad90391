import { planModel } from '../../src/core/plan/plan-model';
import type { Plan, Speed } from '../../src/core/plan/schema';
import type { Gpu, Profile } from '../../src/core/profile/schema';
import type { PlanCase } from './plan-cases';

/** Figures that are taken away from a profile, each with the JSON pointer it has. */
interface Taken {
  readonly field: string;
  readonly profile: Profile;
}

/** With one figure unknown that the plan rests on, nothing that follows from it is a number; and no number is ever none. */
export function unknownProblems(one: PlanCase, plan: Plan): readonly string[] | null {
  const { model, request, companions } = one;
  const { field, profile } = without(one);
  const again = planModel(model, profile, request, companions);
  return [
    ...noNumbers(plan, 'plan'),
    ...noNumbers(again, field),
    ...wrongBudgets(again, profile, one),
    ...wrongSpeeds(again, profile, field),
    ...wrongVerdict(again, one),
  ];
}

function without({ profile, random }: PlanCase): Taken {
  const { hardware } = profile;
  const gpus = hardware.gpus ?? [];
  const at = random.below(Math.max(1, gpus.length));
  const onCard = (name: keyof Gpu): Taken => ({
    field: `/hardware/gpus/${at}/${name}`,
    profile: {
      ...profile,
      hardware: {
        ...hardware,
        gpus: gpus.map((gpu, index) => (index === at ? { ...gpu, [name]: null } : gpu)),
      },
    },
  });
  const inMemory = (name: keyof typeof hardware.memory): Taken => ({
    field: `/hardware/memory/${name}`,
    profile: { ...profile, hardware: { ...hardware, memory: { ...hardware.memory, [name]: null } } },
  });
  if (gpus.length > 0 && random.chance(0.6)) {
    if (random.chance(0.15))
      return { field: '/hardware/gpus', profile: { ...profile, hardware: { ...hardware, gpus: null } } };
    return onCard(random.pick(['vram_free_mib', 'vram_bw_gbps', 'pcie_h2d_gbps']));
  }
  return inMemory(random.pick(['ram_available_gib', 'cpu_mem_bw_gbps']));
}

/** NaN and infinities anywhere in a record. */
function noNumbers(value: unknown, path: string): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => noNumbers(inner, `${path}/${key}`));
}

/** A budget that rests on what is not known is null, but where the user set it: of shared memory, the host's. */
function wrongBudgets(plan: Plan, { hardware }: Profile, { request }: PlanCase): readonly string[] {
  return plan.memory.flatMap(({ device, budget_bytes: budget }) => {
    const gpu = device === 'host' ? null : hardware.gpus![Number(device.slice('gpu'.length))]!;
    const shares = gpu === null || gpu.memory_kind === 'unified';
    const isSet =
      request.budgets_mib[device] !== undefined || (shares && request.budgets_mib['host'] !== undefined);
    const free = shares ? hardware.memory.ram_available_gib : gpu.vram_free_mib;
    if (budget === null || isSet || free !== null) return [];
    return [`${device} has a budget of ${budget} and nobody knows what is free`];
  });
}

/** A speed is null where the bandwidth of a device that it reads is not known, and says which. */
function wrongSpeeds(plan: Plan, profile: Profile, field: string): readonly string[] {
  const blind = plan.decode_terms.flatMap(({ depth, reads }) =>
    reads.some(({ device }) => bandwidthOf(profile, device) === null) ? [depth] : [],
  );
  const speeds = [plan.decode, plan.decode_at_context].filter((speed) => speed !== null);
  return [
    ...speeds
      .filter((speed) => (speed.depth === 0 && blind.includes(0)) || (speed.depth !== 0 && blind.length > 1))
      .flatMap((speed) => (isNull(speed) ? [] : [`decode has a figure without ${field}`])),
    ...[...speeds, plan.prefill].flatMap((speed) =>
      speed.forecast_tok_s === null && speed.missing.length === 0
        ? ['a speed is null and does not say why']
        : [],
    ),
  ];
}

function isNull({ ceiling_tok_s, forecast_tok_s, low_tok_s, high_tok_s, missing }: Speed): boolean {
  return (
    [ceiling_tok_s, forecast_tok_s, low_tok_s, high_tok_s].every((each) => each === null) &&
    missing.length > 0
  );
}

function bandwidthOf({ hardware }: Profile, device: string): number | null {
  if (device === 'host') return hardware.memory.cpu_mem_bw_gbps;
  return hardware.gpus?.[Number(device.slice('gpu'.length))]?.vram_bw_gbps ?? null;
}

/** What memory is not known of neither ships nor is refused for memory. */
function wrongVerdict(plan: Plan, { model, request }: PlanCase): readonly string[] {
  const blind = plan.memory.filter(
    ({ total_bytes: total, budget_bytes: budget }) => total === null || budget === null,
  );
  const problems: string[] = [];
  if (blind.length > 0 && plan.verdict === 'ship')
    problems.push(`ships although ${blind[0]!.device} is not known`);
  if (model.layers === null && plan.memory.some(({ context_bytes: bytes }) => bytes !== null))
    problems.push('a cache of an unknown architecture has a size');
  if (plan.decode.forecast_tok_s === null && request.floor_tok_s !== null && plan.verdict === 'ship')
    problems.push('ships although the floor was asked for and the speed is not known');
  return problems;
}
