import { known, type Figure } from '../figure';
import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';
import { compareAddresses } from './nvidia-smi-rows';

/** GPUs of one maker, with findings that still say where they belong by the card's own place in `gpus`. */
export interface GpuGroup {
  readonly gpus: readonly GpuReading[];
  readonly findings: readonly Finding[];
}

/** Vendor ids that the finding for a card that is not measured names, by maker. */
const IDS: ReadonlyMap<string, string> = new Map([
  ['amd', '0x1002'],
  ['intel', '0x8086'],
  ['apple', '0x106b'],
]);

/**
 * NVIDIA's cards and those of others as one list in PCI order; findings follow their cards. Where NVIDIA's could not be
 * looked for and others were found, the list is of those, and the finding says what is missing.
 */
export function mergeGpus(
  nvidia: { readonly reading: Figure<readonly GpuReading[]>; readonly findings: readonly Finding[] },
  others: readonly GpuGroup[],
  at: string,
): { readonly reading: Figure<readonly GpuReading[]>; readonly findings: readonly Finding[] } {
  const found = others.flatMap(({ gpus }) => gpus);
  if (found.length === 0) return nvidia;
  const groups = [{ gpus: nvidia.reading.value ?? [], findings: nvidia.findings }, ...others];
  const placed = groups.flatMap(({ gpus }, group) => gpus.map((gpu, position) => ({ gpu, group, position })));
  const ordered = placed.sort((left, right) =>
    compareAddresses(left.gpu.pci_bus_id.value, right.gpu.pci_bus_id.value),
  );
  const indexOf = (group: number, position: number) =>
    ordered.findIndex((entry) => entry.group === group && entry.position === position);
  const methods = [nvidia.reading.provenance.method, ...found.map(({ vendor }) => vendor.provenance.method)];
  const listed = new Set(found.map(({ vendor }) => IDS.get(vendor.value ?? '')));
  return {
    reading: known(
      ordered.map(({ gpu }, index) => Object.assign({}, gpu, { index })),
      {
        method: [...new Set(methods.filter((method) => method !== null))].join('; '),
        at,
        ...(nvidia.reading.value === null
          ? { conditions: { nvidia: nvidia.reading.provenance.reason } }
          : {}),
      },
    ),
    findings: groups
      .flatMap(({ findings }, group) =>
        findings.map((finding) => moved(finding, (from) => indexOf(group, from))),
      )
      .filter(({ code, message }) => code !== 'gpu-not-measured' || !names(message, listed)),
  };
}

function names(message: string, ids: ReadonlySet<string | undefined>): boolean {
  return [...ids].some((id) => id !== undefined && message.includes(id));
}

function moved(finding: Finding, indexOf: (position: number) => number): Finding {
  const match = /^\/hardware\/gpus\/(\d+)(.*)$/.exec(finding.path ?? '');
  if (!match) return finding;
  return { ...finding, path: `/hardware/gpus/${indexOf(Number(match[1]))}${match[2]}` };
}
