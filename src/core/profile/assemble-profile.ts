import type { Figure, Provenance } from '../figure';
import type { Finding } from '../finding';
import type { CpuReading, DiskReading, GpuReading, MemoryReading, PlatformReading } from './readings';
import { PROFILE_SCHEMA_VERSION, type Profile } from './schema';

/** Everything that the probes of one machine found. */
export interface ProfileParts {
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Program and version, e.g. `plimsoll 0.1.0`. */
  readonly generator: string;
  readonly platform: PlatformReading;
  readonly cpu: CpuReading;
  readonly memory: MemoryReading;
  /** No value: could not look. */
  readonly gpus: Figure<readonly GpuReading[]>;
  readonly disks: readonly DiskReading[];
  readonly findings: readonly Finding[];
}

type ProvenanceByPointer = Map<string, Provenance>;

/** The Profile of these readings: every figure's value in the record, and its source at its JSON pointer. */
export function assembleProfile(parts: ProfileParts): Profile {
  const provenance: ProvenanceByPointer = new Map();
  const values = (reading: object, pointer: string) => valuesOf(reading, pointer, provenance);
  const hardware = {
    platform: values(parts.platform, '/hardware/platform'),
    cpu: values(parts.cpu, '/hardware/cpu'),
    memory: values(parts.memory, '/hardware/memory'),
    gpus: gpusOf(parts.gpus, provenance),
    disks: parts.disks.map((disk, position) => values(disk, `/hardware/disks/${position}`)),
  };
  return {
    schema_version: PROFILE_SCHEMA_VERSION,
    created: parts.created,
    generator: parts.generator,
    hardware: hardware as Profile['hardware'],
    model: null,
    notes: [],
    findings: [...parts.findings],
    provenance: Object.fromEntries(provenance),
  };
}

function gpusOf(gpus: Figure<readonly GpuReading[]>, provenance: ProvenanceByPointer): unknown {
  provenance.set('/hardware/gpus', gpus.provenance);
  return gpus.value?.map((gpu, position) => valuesOf(gpu, `/hardware/gpus/${position}`, provenance)) ?? null;
}

/** The plain values of a reading; fields that are no figures (`index`, `directory`, `refused`) stay as they are. */
function valuesOf(
  reading: object,
  pointer: string,
  provenance: ProvenanceByPointer,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [field, figure] of Object.entries(reading)) {
    if (isFigure(figure)) provenance.set(`${pointer}/${field}`, figure.provenance);
    values[field] = isFigure(figure) ? figure.value : figure;
  }
  return values;
}

function isFigure(value: unknown): value is Figure<unknown> {
  return typeof value === 'object' && value !== null && 'provenance' in value && 'value' in value;
}
