import type { Provenance } from '../figure';
import {
  cpuSchema,
  diskSchema,
  gpuSchema,
  memorySchema,
  platformSchema,
  type Disk,
  type Profile,
} from './schema';

const NOT_IN_FILE = 'absent: not in the file';
const NULL_IN_FILE = 'absent: null in the file, which gives no reason';

/** A part of the hardware: where it is, the fields it should have, what it has, and what the file said of it. */
interface Part {
  readonly pointer: string;
  readonly fields: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly raw: unknown;
  /** Why nothing of it was measured, where that is known. */
  readonly reason?: string | undefined;
}

/** Fields that are not figures, and so need no reason. */
const PLAIN: ReadonlySet<string> = new Set(['index', 'directory', 'refused']);

/** The same profile, in which every figure that is null has a reason. `raw` is the file as it was. */
export function explainAbsent(profile: Profile, raw: unknown): Profile {
  const provenance: Record<string, Provenance> = { ...profile.provenance };
  if (profile.hardware.gpus === null) {
    explain(provenance, '/hardware/gpus', has(at(raw, 'hardware'), 'gpus') ? NULL_IN_FILE : NOT_IN_FILE);
  }
  for (const part of partsOf(profile, at(raw, 'hardware'))) {
    for (const field of part.fields) {
      if (part.values[field] !== null) continue;
      const absent = has(part.raw, field) ? NULL_IN_FILE : NOT_IN_FILE;
      explain(provenance, `${part.pointer}/${field}`, part.reason ?? absent);
    }
  }
  return { ...profile, provenance };
}

function explain(provenance: Record<string, Provenance>, pointer: string, reason: string): void {
  const before = provenance[pointer];
  if (before && before.reason !== null) return;
  provenance[pointer] = {
    method: null,
    conditions: null,
    samples: null,
    measured_at: null,
    ...before,
    reason,
  };
}

function partsOf({ hardware }: Profile, raw: unknown): readonly Part[] {
  const single = (name: 'platform' | 'cpu' | 'memory', shape: object): Part => ({
    pointer: `/hardware/${name}`,
    fields: fieldsOf(shape),
    values: hardware[name],
    raw: at(raw, name),
  });
  return [
    single('platform', platformSchema.shape),
    single('cpu', cpuSchema.shape),
    single('memory', memorySchema.shape),
    ...(hardware.gpus ?? []).map((gpu, position) => ({
      pointer: `/hardware/gpus/${position}`,
      fields: fieldsOf(gpuSchema.shape),
      values: gpu,
      raw: at(at(raw, 'gpus'), position),
    })),
    ...hardware.disks.map((disk, position) => ({
      pointer: `/hardware/disks/${position}`,
      fields: fieldsOf(diskSchema.shape),
      values: disk,
      raw: at(at(raw, 'disks'), position),
      reason: whyRefused(disk),
    })),
  ];
}

function whyRefused({ refused }: Disk): string | undefined {
  return refused === null ? undefined : `refused-${refused.code}: ${refused.message}`;
}

function fieldsOf(shape: object): readonly string[] {
  return Object.keys(shape).filter((field) => !PLAIN.has(field));
}

function at(value: unknown, key: string | number): unknown {
  return has(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function has(value: unknown, key: string | number): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
