import type { Model } from '../model/schema';
import {
  type BesideBytes,
  type Companions,
  draftAssumption,
  draftBytes,
  draftedAssumption,
  draftedOutputs,
  projectorAssumption,
  projectorBytes,
} from '../plan/companions';
import {
  checkpointBytes,
  memoryRows,
  type Parts,
  partsOf,
  repackBytes,
  type ServerExtras,
} from '../plan/memory';
import type { Budgets, DeviceBudget } from '../plan/budgets';
import { shortage } from '../plan/placement';
import type { Assumption, MemoryRow } from '../plan/schema';
import type { Settings } from '../plan/settings';
import { type Bytes, MIB, sumKnown } from '../units';
import type { ExactArguments } from './arguments';
import { ArgumentsError } from './arguments-error';
import { deviceCalled } from './device-budgets';
import { draftSettings } from './exact-settings';
import { mappedRange } from './mapped-range';

/** What arguments take on a machine, in rows with their budgets. */
export interface ExactMemory {
  readonly rows: readonly MemoryRow[];
  readonly parts: Parts;
  readonly extras: ServerExtras;
  /** Bytes over the budgets; null where a row or a budget is not known. */
  readonly short: Bytes | null;
  /** Mapped weights on the host, which paging would spare. */
  readonly pageable: Bytes;
  readonly assumptions: readonly Assumption[];
}

export interface MemoryQuestion {
  readonly model: Model;
  readonly given: ExactArguments;
  readonly settings: Settings;
  readonly devices: readonly DeviceBudget[];
  readonly allDevices: readonly DeviceBudget[] | null;
  readonly budgets: Budgets;
  readonly features: readonly string[] | null;
  readonly companions: Companions;
  readonly allowPaging: boolean;
}

export function exactMemory(question: MemoryQuestion): ExactMemory {
  const { model, given, settings, budgets } = question;
  const parts = partsOf(model, settings);
  const beside = companionBytes(question);
  const extras = extrasOf(question, beside);
  const rows = memoryRows(parts, settings, extras, budgets);
  const pageable = given.mapped && extras.repacked === 0 ? (parts.host.model ?? 0) : 0;
  return {
    rows,
    parts,
    extras,
    short: shortage(rows, question.allowPaging ? pageable : 0),
    pageable,
    assumptions: [...ofMapping(question, parts), ...ofServer(given, extras), ...beside.assumptions],
  };
}

/**
 * llama.cpp repacks host weights only where it uses no GPU: beside a mapped file as a second copy, else in its place. Only the
 * server keeps prompts and checkpoints.
 */
function extrasOf({ model, given, settings, features }: MemoryQuestion, beside: BesideBytes): ServerExtras {
  const kept = given.tool === 'llama-server';
  return {
    repacked: settings.repack && !settings.device && given.mapped ? repackBytes(model, features) : 0,
    checkpoints: kept ? checkpointBytes(model, settings, given.checkpoints) : 0,
    checkpointCount: given.checkpoints,
    promptCache: kept ? Math.max(0, given.promptCacheMib) * MIB : 0,
    beside,
  };
}

/** Where the host's tensors do not lie together, llama.cpp prints more than they are. */
function ofMapping({ model, given, settings }: MemoryQuestion, { host }: Parts): readonly Assumption[] {
  if (given.tool === 'llama-fit-params' || !given.mapped || host.model === null) return [];
  const range = mappedRange(model, settings);
  if (range === null || range - host.model < MIB) return [];
  return [
    {
      name: 'mapped range of the file',
      value: Math.round(range / MIB),
      unit: 'MiB',
      basis: 'predicted',
      source: `${given.tool} prints this as the host's weights: from the first to the last tensor of the host, with those of devices between; only the host's own are counted, because the other pages can be dropped`,
    },
  ];
}

function ofServer(given: ExactArguments, extras: ServerExtras): readonly Assumption[] {
  if (given.tool !== 'llama-server') return [];
  return [
    {
      name: 'prompt cache',
      value: Math.round(extras.promptCache / MIB),
      unit: 'MiB',
      basis: given.argv.some((word) => word === '-cram' || word === '--cache-ram') ? 'requested' : 'default',
      source: '-cram: what the server may come to keep of earlier prompts',
    },
    {
      name: 'context checkpoints',
      value: extras.checkpoints === null ? null : Math.round(extras.checkpoints / MIB),
      unit: 'MiB',
      basis: given.argv.some((word) => word === '-ctxcp' || word === '--ctx-checkpoints')
        ? 'requested'
        : 'default',
      source: `-ctxcp ${given.checkpoints}: windowed caches and recurrent states, once for each checkpoint and sequence`,
    },
  ];
}

interface Beside extends BesideBytes {
  readonly assumptions: readonly Assumption[];
}

function companionBytes(question: MemoryQuestion): Beside {
  const { devices, companions } = question;
  const bytes: (Bytes | null)[] = [...devices.map(() => 0), 0];
  const assumptions: Assumption[] = [];
  const nameOf = (home: number): string => devices[home]?.name ?? 'host';
  if (companions.projector !== null) {
    const home = projectorHome(question);
    bytes[home] = sumKnown([bytes[home]!, projectorBytes(companions.projector)]);
    assumptions.push(projectorAssumption(companions.projector, nameOf(home)));
  }
  const outputs = draftedOutputs(question.model, question.settings, question.given.drafted);
  outputs.forEach((added, home) => (bytes[home] = sumKnown([bytes[home]!, added])));
  assumptions.push(...draftedAssumption(outputs, question.given.drafted));
  for (const [home, added] of draftHomes(question)) {
    bytes[home] = sumKnown([bytes[home]!, added]);
    if (added !== null && added > 0)
      assumptions.push(draftAssumption(companions.draft!, nameOf(home), added));
  }
  return { devices: bytes.slice(0, -1), host: bytes.at(-1)!, assumptions };
}

/** The projector follows the first device, unless it is kept off or told another. */
function projectorHome({ given, devices, allDevices }: MemoryQuestion): number {
  const wanted = given.projector?.device ?? null;
  if (given.projector?.offload === false || devices.length === 0 || wanted === 'none') return devices.length;
  if (wanted === null) return 0;
  const device = deviceCalled(wanted, allDevices ?? []);
  return homeOf(device, devices, given, '-mmdev', wanted);
}

function draftHomes(question: MemoryQuestion): readonly (readonly [number, Bytes | null])[] {
  const { given, settings, devices, allDevices, companions } = question;
  if (companions.draft === null || given.draft === null) return [];
  const second = draftSettings(settings, given, given.draft, allDevices);
  const bytes = draftBytes(companions.draft, second.settings, { model: question.model, settings });
  if (bytes === null) return [...devices.keys(), devices.length].map((home) => [home, null] as const);
  return bytes.map((each, home) => {
    const device = second.devices[home];
    return [
      device === undefined ? devices.length : homeOf(device, devices, given, '-devd', device.name),
      each,
    ] as const;
  });
}

/** A companion on a device that the model itself leaves alone has no row to be counted in. */
function homeOf(
  device: DeviceBudget | null,
  devices: readonly DeviceBudget[],
  given: ExactArguments,
  option: string,
  name: string,
): number {
  const home = device === null ? -1 : devices.indexOf(device);
  if (home >= 0) return home;
  const message = `${option}: the device ${name} is none that the model itself uses, which is not counted yet.`;
  throw new ArgumentsError([{ argument: option, position: given.argv.indexOf(option), message }]);
}
