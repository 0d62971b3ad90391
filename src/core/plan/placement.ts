import type { Calibration } from '../calibration/schema';
import type { Model } from '../model/schema';
import type { Profile } from '../profile/schema';
import { type Bytes, MIB, sumKnown } from '../units';
import type { Budgets } from './budgets';
import { type BesideBytes, besideBytes, type Companions } from './companions';
import {
  checkpointBytes,
  CHECKPOINTS,
  checkpointsWithin,
  memoryRows,
  partsOf,
  promptCacheBytes,
  repackBytes,
  type Parts,
  type PartsPrecision,
  type ServerExtras,
} from './memory';
import type { MemoryRow, PlanRequest } from './schema';
import { devicesInUse, type Placing, type Settings, settingsOf } from './settings';

/** One complete choice, with what it takes. */
export interface Candidate {
  readonly settings: Settings;
  readonly rows: readonly MemoryRow[];
  readonly parts: Parts;
  readonly extras: ServerExtras;
  /** Whether llama.cpp's repacking is switched off so that the model fits. */
  readonly noRepack: boolean;
  /** Bytes over the budgets, summed; null where a row or a budget is not known. */
  readonly short: Bytes | null;
}

/** What a plan is made for. */
export interface Question {
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly budgets: Budgets;
  readonly companions: Companions;
  /** What receipts taught; null where there are none. */
  readonly calibration: Calibration | null;
  /** Whether context checkpoints may be given up for room on the host: only where nothing fits beside all of them. */
  readonly fewerCheckpoints?: boolean;
}

/** A placement with the memory it takes, extras chosen so that they never decide the verdict. */
export function weigh(question: Question, placing: Placing, precision: PartsPrecision = 'exact'): Candidate {
  const { model, request, budgets, profile } = question;
  const settings = settingsOf(model, request, placing);
  const parts = partsOf(model, settings, precision);
  const embedded = settings.tool === 'node-llama-cpp';
  const beside = besideBytes(question.companions, settings, model);
  const used = sumKnown([
    beside.host,
    parts.host.model,
    parts.host.context,
    parts.host.compute,
    parts.host.output,
  ]);
  const shared = sharedBytes(parts, beside, settings, budgets);
  const open = hostFree(budgets, used, shared);
  const each = embedded ? 0 : checkpointBytes(model, settings, 1);
  const spared = open === null ? null : open + pageable(request, parts, 0);
  const checkpointCount = question.fewerCheckpoints === true ? checkpointsWithin(spared, each) : CHECKPOINTS;
  const checkpoints = each === null ? null : each * checkpointCount;
  const free = open === null || checkpoints === null ? null : open - checkpoints;
  const wanted = settings.device ? 0 : repackBytes(model, profile.hardware.cpu.features);
  const noRepack = !embedded && wanted > 0 && free !== null && wanted > free;
  const repacked = noRepack ? 0 : wanted;
  const promptCache = embedded ? 0 : promptCacheBytes(free, repacked);
  const extras = { repacked, checkpoints, checkpointCount, promptCache, beside };
  const rows = memoryRows(parts, settings, extras, budgets);
  return {
    settings,
    rows,
    parts,
    extras,
    noRepack,
    short: shortage(rows, pageable(request, parts, repacked)),
  };
}

/** What devices take that share the host's memory. */
function sharedBytes(parts: Parts, beside: BesideBytes, settings: Settings, budgets: Budgets): Bytes | null {
  const bytes = devicesInUse(settings).flatMap(({ name }, home) => {
    const device = budgets.devices.find((one) => one.name === name)!;
    const { model, context, compute } = parts.rows[home]!;
    return device.unified ? [model, context, compute, device.overhead, beside.devices[home] ?? null] : [];
  });
  return sumKnown(bytes);
}

function hostFree(budgets: Budgets, used: Bytes | null, shared: Bytes | null): Bytes | null {
  return budgets.host.bytes === null || used === null || shared === null
    ? null
    : budgets.host.bytes - used - shared;
}

/** Host weights that may stay on the disk: only mapped ones, only where the user allows it. */
function pageable(request: PlanRequest, parts: Parts, repacked: Bytes): Bytes {
  return request.allow_paging && repacked === 0 ? (parts.host.model ?? 0) : 0;
}

/** Bytes over the budgets, over all devices; what may be paged does not count on the host. */
export function shortage(rows: readonly MemoryRow[], paged: Bytes): Bytes | null {
  let short = 0;
  for (const row of rows) {
    if (row.total_bytes === null || row.budget_bytes === null) return null;
    const needed = row.device === 'host' ? row.total_bytes - paged : row.total_bytes;
    short += Math.max(0, needed - row.budget_bytes);
  }
  return short;
}

/** A whole number of MiB. */
export function toMib(bytes: Bytes): number {
  return Math.round(bytes / MIB);
}
