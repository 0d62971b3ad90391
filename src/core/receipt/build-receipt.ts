import type { Model } from '../model/schema';
import type { MemoryRow, Plan } from '../plan/schema';
import { ratesOf } from '../plan/speed/rates';
import type { Profile } from '../profile/schema';
import { assertNever } from '../assert-never';
import { ArgumentsError } from '../exact/arguments-error';
import { planExact } from '../exact/plan-exact';
import { noCompanions } from '../plan/companions';
import { planOnce } from '../plan/plan-model';
import { MIB } from '../units';
import { compareMemory, compareSpeed } from './compare-receipt';
import { hardwareFindings } from './hardware-findings';
import { disturbancesOf, type MeasuredStart, type RunFacts } from './judge-run';
import { liesInCaches } from './in-caches';
import { conditionsOf } from './receipt-conditions';
import { RECEIPT_SCHEMA_VERSION, type Conditions, type Envelope, type Receipt } from './schema';
import type { ServerLog } from './server-log';
import { weighSpeeds } from './weigh-speeds';

/** What a runtime was and how it was started. */
export interface RuntimeFacts {
  readonly tool: 'llama-bench' | 'llama-server' | 'llama-server-url' | 'node-llama-cpp';
  readonly build: string | null;
  readonly backends: string | null;
  /** Null where somebody else started it. */
  readonly argv: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  readonly splitMode: string | null;
  /** Tokens of context where they are not the plan's. */
  readonly context: number | null;
}

export interface TrialFacts extends RunFacts {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly generator: string;
  readonly plan: Plan | null;
  /** Of the machine that ran it; null where it was not measured. */
  readonly profile: Profile | null;
  readonly model: Receipt['model'];
  /** What the model is made of; null where it could not be read. */
  readonly subject: Model | null;
  readonly runtime: RuntimeFacts;
  /** Null where the tool tells nothing of memory. */
  readonly log: ServerLog | null;
  /** Where it was worked out from parts. */
  readonly scaled: Receipt['scaled'];
  readonly method: string;
  readonly notes: readonly string[];
  readonly os: string;
}

/** The receipt of a trial: what was measured, under which conditions, and how far it is from the plan. Pure. */
export function buildReceipt(trial: TrialFacts): Receipt {
  const { plan, envelope, log, speeds } = trial;
  const memory = compareMemory(plannedMemory(trial), log?.devices ?? []);
  const conditions = conditionsOf(trial);
  const disturbances = disturbancesOf(trial);
  return {
    schema_version: RECEIPT_SCHEMA_VERSION,
    id: trial.id,
    created: trial.created,
    generator: trial.generator,
    runtime: 'llama.cpp',
    n_cpu_moe: plan?.placement.cpu_moe_layers ?? null,
    ...compareSpeed(plan, speeds),
    measured_vram_used_mib: deviceMib(log),
    routing_cache_helps: null,
    routing_hot_frac_for_coverage: null,
    routing_concentration: null,
    routing: null,
    ...safetyFields(envelope),
    stayed_within_envelope: envelope === null ? null : trial.stoppedBy === null,
    method: trial.method,
    notes: [...trial.notes],
    model: trial.model,
    conditions,
    speeds: [...weighSpeeds(trial)],
    // of something scaled they are its parts', which have receipts of their own
    starts: trial.scaled !== null || trial.starts.length < 2 ? [] : trial.starts.map(startOf),
    scaled: trial.scaled,
    at_reading: null,
    readings: [...trial.readings],
    rates: knownRates(trial.profile),
    memory: [...memory],
    envelope,
    stopped_by: trial.stoppedBy,
    imported: false,
    disturbed: disturbances.length > 0,
    disturbances: [...disturbances],
    findings: [...hardwareFindings(trial, memory), ...ceilingFindings(trial, conditions)],
    plan,
  };
}

function startOf({ start, fault, speeds }: MeasuredStart): Receipt['starts'][number] {
  const { measured_decode_tok_s: decode, measured_prefill_tok_s: prefill } = compareSpeed(null, speeds);
  return { decode_tok_s: decode, prefill_tok_s: prefill, start, fault, speeds: [...speeds] };
}

function knownRates(profile: Profile | null): Receipt['rates'] {
  if (profile === null) return [];
  return ratesOf(profile).flatMap(({ device, bytesPerSecond }) =>
    bytesPerSecond === null ? [] : [{ device, bytes_per_second: bytesPerSecond }],
  );
}

/** No decode that reads memory can be above its ceiling: where one is, the bandwidth that the ceiling rests on was measured too low. */
function ceilingFindings(
  { plan, runtime, speeds, model }: TrialFacts,
  conditions: Conditions,
): Receipt['findings'] {
  const { realized_efficiency_pct: share } = compareSpeed(plan, speeds);
  if (share === null || share <= 100 || runtime.tool === 'llama-server-url') return [];
  const reached = `Decode reached ${Math.round(share)} % of its ceiling`;
  const same = { code: 'above-ceiling', path: '/realized_efficiency_pct' } as const;
  if (liesInCaches({ model, conditions })) {
    const message = `${reached}: all of the model lies in the processor’s caches, which give more than the memory that the ceiling rests on.`;
    return [{ ...same, severity: 'info', message, remedy: null }];
  }
  return [
    {
      ...same,
      severity: 'warning',
      message: `${reached}, which cannot be: the bandwidth in the profile is too low, or the model lies in a cache.`,
      remedy: 'Measure the machine again with `plimsoll probe` while nothing else runs.',
    },
  ];
}

/**
 * What is predicted of the runtime that ran: a plan made for llama-server is planned again for the embedded one, whose compute
 * buffers are larger; llama-bench makes a context of its own for each test, so its arguments are judged.
 */
function plannedMemory({ plan, subject, profile, runtime }: TrialFacts): readonly MemoryRow[] {
  const rows = plan?.memory ?? [];
  switch (runtime.tool) {
    case 'llama-server':
    case 'llama-server-url':
      return rows;
    case 'node-llama-cpp':
      return plan?.request.runtime === 'embedded' ? rows : embeddedMemory(plan, subject, profile);
    case 'llama-bench':
      return benchMemory(subject, profile, runtime.argv);
    default:
      return assertNever(runtime.tool);
  }
}

function embeddedMemory(
  plan: Plan | null,
  subject: Model | null,
  profile: Profile | null,
): readonly MemoryRow[] {
  if (plan === null || subject === null || profile === null) return [];
  const { context, gpu_layers: gpuLayers } = plan.placement;
  const request = { ...plan.request, runtime: 'embedded' as const, context, gpu_layers: gpuLayers };
  return planOnce(subject, profile, request, noCompanions, null).memory;
}

function benchMemory(
  subject: Model | null,
  profile: Profile | null,
  argv: readonly string[] | null,
): readonly MemoryRow[] {
  if (subject === null || profile === null || argv === null) return [];
  try {
    return planExact(subject, profile, argv, 'llama-bench').memory;
  } catch (error) {
    if (error instanceof ArgumentsError) return [];
    throw error;
  }
}

/** What llama.cpp took on all GPUs; null where it did not say. */
function deviceMib(log: ServerLog | null): number | null {
  if (log === null || log.devices.length === 0) return null;
  let bytes = 0;
  for (const device of log.devices) {
    if (!device.device.startsWith('gpu')) continue;
    for (const part of device.bytes.values()) bytes += part;
  }
  return bytes / MIB;
}

/** The seed's names for the envelope. */
function safetyFields(envelope: Envelope | null) {
  const gpus = envelope?.gpus ?? [];
  const share = envelope?.peak_host_share ?? null;
  return {
    peak_gpu_power_pct: greatest(
      gpus.map(({ peak_power_w: power, power_limit_w: limit }) =>
        power === null || limit === null || limit === 0 ? null : (100 * power) / limit,
      ),
    ),
    peak_gpu_temp_c: greatest(gpus.map((gpu) => gpu.peak_temperature_c)),
    peak_gpu_vram_used_mib: mibOf(greatest(gpus.map((gpu) => gpu.peak_memory_bytes))),
    peak_host_mem_pct: share === null ? null : 100 * share,
    min_host_avail_mib: mibOf(envelope?.least_available_bytes ?? null),
    safety_samples: envelope?.samples ?? null,
  };
}

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function mibOf(bytes: number | null): number | null {
  return bytes === null ? null : bytes / MIB;
}
