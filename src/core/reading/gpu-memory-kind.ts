import { known, missing, type Source } from '../figure';
import type { GpuReading } from '../profile/readings';

/** Why a card that shares the machine's memory has no figure of its own. */
export const SHARED_MEMORY = 'unified-memory: the GPU uses the memory of the machine';

/** Chips that share the machine's memory, by name: GB10 (DGX Spark), N1X (RTX Spark), Tegra (Orin, Thor). */
const UNIFIED_NAME = /\b(GB10|N1X|RTX Spark|Orin|Thor|Tegra)\b/i;

/** What tells the kind of memory where CUDA does not. */
export interface MemorySigns {
  readonly name: string | null;
  readonly hasTotal: boolean;
  /** Whether asking how much memory there is was answered with "not supported". */
  readonly totalUnsupported: boolean;
  readonly addressing: string | null;
}

/**
 * Unified where the name says so, or where the memory has no figure at all while the addresses are those of the host
 * (ATS): a Grace Hopper has ATS too, and memory of its own.
 */
export function memoryKindOf(signs: MemorySigns, source: Source): GpuReading['memory_kind'] {
  if (UNIFIED_NAME.test(signs.name ?? '')) return known('unified', { ...source, conditions: { by: 'name' } });
  if (signs.hasTotal) return known('dedicated', source);
  if (signs.totalUnsupported && signs.addressing === 'ATS') {
    return known('unified', { ...source, conditions: { by: 'addressing mode ATS, no memory figure' } });
  }
  return missing(
    `not-supported: ${source.method} gives no memory figure and no sign of unified memory`,
    source.method,
  );
}
