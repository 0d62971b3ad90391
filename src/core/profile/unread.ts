import { missing, type Figure } from '../figure';
import type { CpuReading, DiskReading, MemoryReading, PlatformReading } from './readings';
import { cpuSchema, diskSchema, memorySchema, platformSchema } from './schema';

/** The readings of probes that failed: every figure is missing, for this reason. */
export function unreadPlatform(reason: string): PlatformReading {
  return allMissing(platformSchema.shape, reason) as unknown as PlatformReading;
}

export function unreadCpu(reason: string): CpuReading {
  return allMissing(cpuSchema.shape, reason) as unknown as CpuReading;
}

export function unreadMemory(reason: string): MemoryReading {
  return allMissing(memorySchema.shape, reason) as unknown as MemoryReading;
}

export function unreadDisk(directory: string, reason: string): DiskReading {
  const figures = allMissing(diskSchema.shape, reason) as unknown as DiskReading;
  return { ...figures, directory, refused: null };
}

function allMissing(shape: object, reason: string): Readonly<Record<string, Figure<never>>> {
  return Object.fromEntries(Object.keys(shape).map((field) => [field, missing(reason)]));
}
