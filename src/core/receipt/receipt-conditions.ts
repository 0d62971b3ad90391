import type { Plan } from '../plan/schema';
import type { Profile } from '../profile/schema';
import { MIB } from '../units';
import type { TrialFacts } from './build-receipt';
import { machineId } from './machine-id';
import type { Conditions } from './schema';
import type { ServerLog } from './server-log';

/** What was run, and under which conditions. Of a server that somebody else started, what its machine is and no flags. */
export function conditionsOf({ plan, profile, runtime, log, powerSource, os }: TrialFacts): Conditions {
  const own = runtime.tool !== 'llama-server-url';
  const request = own ? (plan?.request ?? null) : null;
  const placement = own ? (plan?.placement ?? null) : null;
  const argv = runtime.argv;
  const here = profile === null ? null : machineId(profile);
  const planned = plan?.profile_id ?? null;
  return {
    tool: runtime.tool,
    build: runtime.build,
    backends: runtime.backends,
    argv: argv === null ? null : [...argv],
    env: { ...runtime.env },
    context: runtime.context ?? placement?.context ?? null,
    sequences: request?.parallel ?? null,
    batch: request?.batch ?? null,
    micro_batch: request?.micro_batch ?? null,
    kv_type_k: request?.kv_type_k ?? null,
    kv_type_v: request?.kv_type_v ?? null,
    flash_attention: request?.flash_attention ?? null,
    split_mode: runtime.splitMode ?? (own ? (valueOf(argv, '-sm') ?? 'layer') : null),
    gpu_layers: placement?.gpu_layers ?? null,
    cpu_moe_layers: placement?.cpu_moe_layers ?? null,
    threads: placement?.threads ?? null,
    load_mode: valueOf(argv, '-lm'),
    devices: devicesOf(log, own ? plan : null),
    driver_version:
      profile?.hardware.gpus?.find((gpu) => gpu.driver_version !== null)?.driver_version ?? null,
    profile_id: here,
    plan_profile_id: planned !== null && planned !== here ? planned : null,
    cpu: profile?.hardware.cpu.name ?? null,
    cpu_cache_bytes: cacheBytes(profile),
    os,
    power_source: powerSource,
  };
}

function cacheBytes(profile: Profile | null): number | null {
  const { l2_mib: second, l3_mib: third } = profile?.hardware.cpu ?? { l2_mib: null, l3_mib: null };
  return second === null || third === null ? null : MIB * (second + third);
}

function devicesOf(log: ServerLog | null, plan: Plan | null): string[] | null {
  if (log !== null && log.devices.length > 0) return log.devices.map(({ device }) => device).sort();
  return plan === null ? null : plan.memory.map(({ device }) => device).sort();
}

function valueOf(argv: readonly string[] | null, flag: string): string | null {
  const position = argv?.indexOf(flag) ?? -1;
  return position === -1 ? null : (argv?.[position + 1] ?? null);
}
