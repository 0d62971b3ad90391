import type { Finding } from '../finding';
import { GIB, type Bytes } from '../units';
import type { CgroupMemory } from './memory-cgroup';

/** Tells of a limit below the machine's memory, and where another level of the tree leaves less than the tightest limit. */
export function memoryFindings(memory: CgroupMemory, totalBytes: Bytes | null): readonly Finding[] {
  const { tightest, fullest } = memory;
  if (tightest === null) return [];
  const total = totalBytes === null ? '' : ` of ${gib(totalBytes)}`;
  const path = '/hardware/memory/ram_limit_gib';
  const limited: Finding = {
    severity: 'info',
    code: 'memory-limited',
    path,
    message: `A cgroup limits this process to ${gib(tightest.limitBytes)}${total}.`,
    remedy: 'Raise the memory limit of the container or service to let larger models in.',
  };
  if (fullest === null || fullest.directory === tightest.directory) return [limited];
  const crowded: Finding = {
    severity: 'warning',
    code: 'memory-crowded',
    path: '/hardware/memory/ram_available_gib',
    message: `An enclosing cgroup of ${gib(fullest.limitBytes)} is used by others too and leaves ${gib(fullest.roomBytes!)}.`,
    remedy: 'End what else runs under that limit, or raise it.',
  };
  return [limited, crowded];
}

function gib(bytes: Bytes): string {
  return `${(bytes / GIB).toFixed(2)} GiB`;
}
