import type { Gpu, Profile } from '../profile/schema';
import { listedNames } from './listed-names';
import { type Bytes, fromGib, fromMib, MIB } from '../units';
import { MOST_DEVICES } from './request-schema';
import type { PlanRequest } from './schema';

/** What may be used on one device; `field` is the JSON pointer of the figure it rests on. */
export interface Budget {
  /** Null: not measured. Never negative. */
  readonly bytes: Bytes | null;
  readonly field: string;
  /** Whether the user set it, in place of what is free less margin. */
  readonly absolute: boolean;
  /** What is held back of it for something else. */
  readonly reserved: Bytes;
}

/** A GPU with what it may be filled with. */
export interface DeviceBudget extends Budget {
  readonly gpu: Gpu;
  /** As rows of memory name it: `gpu0`, `gpu1`, …, in PCI order. */
  readonly name: string;
  /** Position in the profile's list. */
  readonly position: number;
  /** Position among the cards of its maker, which is how a runtime's backend numbers them: `CUDA0`, `CUDA1`, … */
  readonly ordinal: number;
  /** What the build of llama.cpp that was found calls it; null where it lists no such card, or none was asked. */
  readonly listed: string | null;
  /** What the driver's context takes before the first tensor. */
  readonly overhead: Bytes;
  readonly overheadBasis: 'measured' | 'assumed';
  /** Shares the host's memory: then both are one budget. */
  readonly unified: boolean;
}

export interface Budgets {
  readonly host: Budget;
  /** GPUs that a plan may use, in llama.cpp's order; none where there are none, or where nobody could look. */
  readonly devices: readonly DeviceBudget[];
  /** GPUs of the machine that it may not use: asked away, of another maker, or of unknown memory beside known ones. */
  readonly leftOut: readonly DeviceBudget[];
  /** Devices that were asked for and that the profile does not have. */
  readonly absent: readonly string[];
  /** Whether the profile could not say which GPUs there are. */
  readonly gpusUnknown: boolean;
  /** The llama-server that was asked for the names of devices; null where none was. */
  readonly namedBy: string | null;
  /** Host memory that a driver can pin; null where it was not measured. */
  readonly pinnable: Bytes | null;
}

/**
 * A CUDA context with its kernels, where it was not measured: the upper end of the 320 to 750 MiB that are reported for
 * current drivers and cards. Too much costs a layer on the device; too little costs the start.
 */
export const ASSUMED_CONTEXT_MIB = 750;

/** What each device may be filled with: what is free less margin, or what the user set, less what is reserved. */
export function budgetsOf(profile: Profile, request: PlanRequest): Budgets {
  const all = deviceBudgets(profile, request);
  const devices = all === null ? [] : usable(all, request);
  return {
    host: hostBudget(profile, request),
    devices,
    leftOut: (all ?? []).filter((device) => !devices.includes(device)),
    absent:
      all === null ? [] : (request.devices ?? []).filter((name) => !all.some((one) => one.name === name)),
    gpusUnknown: all === null,
    namedBy: profile.runtime_devices?.program ?? null,
    pinnable: fromGib(profile.hardware.memory.pinnable_ceiling_gib),
  };
}

function hostBudget(profile: Profile, request: PlanRequest): Budget {
  const available = fromGib(profile.hardware.memory.ram_available_gib);
  const reserved = reservedFor('host', request);
  return {
    ...budget('host', available, request.host_headroom_mib, reserved, request),
    field: '/hardware/memory/ram_available_gib',
  };
}

/** What each of the profile's GPUs may be filled with. Null where nobody could look for GPUs. */
export function deviceBudgets(profile: Profile, request: PlanRequest): readonly DeviceBudget[] | null {
  const { gpus } = profile.hardware;
  if (gpus === null) return null;
  const listed = profile.runtime_devices;
  const names = listed === null || listed === undefined ? [] : listedNames(gpus, listed.devices);
  return gpus.map((gpu, position) => deviceBudget(gpus, gpu, position, names[position] ?? null, request));
}

function deviceBudget(
  gpus: readonly Gpu[],
  gpu: Gpu,
  position: number,
  listed: string | null,
  request: PlanRequest,
): DeviceBudget {
  const name = `gpu${position}`;
  return {
    ...budget(name, fromMib(gpu.vram_free_mib), request.margin_mib, reservedFor(name, request), request),
    gpu,
    name,
    position,
    listed,
    ordinal: gpus.slice(0, position).filter((other) => other.vendor === gpu.vendor).length,
    field: `/hardware/gpus/${position}/vram_free_mib`,
    overhead: Math.round((gpu.context_overhead_mib ?? ASSUMED_CONTEXT_MIB) * MIB),
    overheadBasis: gpu.context_overhead_mib === null ? 'assumed' : 'measured',
    unified: gpu.memory_kind === 'unified',
  };
}

function budget(
  name: string,
  free: Bytes | null,
  marginMib: number,
  reserved: Bytes,
  request: PlanRequest,
): Pick<Budget, 'bytes' | 'absolute' | 'reserved'> {
  const given = request.budgets_mib[name];
  const most = given === undefined ? less(free, marginMib) : Math.floor(given * MIB);
  return {
    bytes: most === null ? null : Math.max(0, most - reserved),
    absolute: given !== undefined,
    reserved,
  };
}

function less(bytes: Bytes | null, heldBackMib: number): Bytes | null {
  return bytes === null ? null : bytes - Math.ceil(heldBackMib * MIB);
}

function reservedFor(device: string, request: PlanRequest): Bytes {
  const own = request.reserves.filter((reserve) => reserve.device === null || reserve.device === device);
  return Math.ceil((request.reserve_mib + own.reduce((sum, { mib }) => sum + mib, 0)) * MIB);
}

/**
 * The GPUs that were asked for, in that order; else those that the build of llama.cpp here lists, or where none was asked those of
 * one maker, because one build mostly drives one maker's: the maker with the most free memory. Shared memory only where there is no
 * other.
 */
function usable(all: readonly DeviceBudget[], request: PlanRequest): readonly DeviceBudget[] {
  if (request.devices !== null) {
    return request.devices.flatMap((name) => all.filter((device) => device.name === name));
  }
  const dedicated = all.filter((device) => !device.unified);
  const kind = dedicated.length > 0 ? dedicated : all;
  const known = kind.filter(({ bytes }) => bytes !== null);
  const candidates = known.length > 0 ? known : kind;
  const listed = candidates.filter((device) => device.listed !== null);
  if (listed.length > 0) return roomiest(listed);
  const makers = [...new Set(candidates.map(({ gpu }) => gpu.vendor))];
  const own = makers.map((maker) => candidates.filter(({ gpu }) => gpu.vendor === maker));
  return roomiest(
    own.reduce<readonly DeviceBudget[]>(
      (best, each) => (knownBytes(each) > knownBytes(best) ? each : best),
      [],
    ),
  );
}

/** As many as llama.cpp takes: those with the most room, in their order. */
function roomiest(devices: readonly DeviceBudget[]): readonly DeviceBudget[] {
  if (devices.length <= MOST_DEVICES) return devices;
  const byRoom = [...devices].sort((one, other) => (other.bytes ?? -1) - (one.bytes ?? -1));
  const kept = new Set(byRoom.slice(0, MOST_DEVICES));
  return devices.filter((device) => kept.has(device));
}

/** A maker without any known memory still goes before nothing at all. */
function knownBytes(devices: readonly DeviceBudget[]): number {
  return devices.reduce((total, { bytes }) => total + (bytes ?? 0), devices.length > 0 ? 0 : -1);
}
