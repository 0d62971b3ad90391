import { describe, expect, it } from 'vitest';
import { known, missing } from '../../../src/core/figure';
import type { GpuReading } from '../../../src/core/profile/readings';
import { mergeGpus } from '../../../src/core/reading/merge-gpus';
import { otherGpu } from '../../../src/core/reading/other-gpus';
import { AT } from './other-gpu-captures';

function placed(vendor: string, address: string): GpuReading {
  const source = { method: 'test', at: AT };
  return otherGpu({ vendor: known(vendor, source), pci_bus_id: known(address, source) }, 'test');
}

describe('the GPUs of several makers', () => {
  const nvidia = {
    reading: known([placed('nvidia', '0000:05:00.0')], { method: 'nvidia-smi', at: AT }),
    findings: [
      {
        severity: 'warning' as const,
        code: 'pcie-narrow',
        path: '/hardware/gpus/0/pcie_width',
        message: 'm',
        remedy: null,
      },
      {
        severity: 'info' as const,
        code: 'gpu-not-measured',
        path: '/hardware/gpus',
        message: 'AMD (PCI vendor 0x1002)',
        remedy: null,
      },
      {
        severity: 'info' as const,
        code: 'gpu-not-measured',
        path: '/hardware/gpus',
        message: 'Intel (PCI vendor 0x8086)',
        remedy: null,
      },
    ],
  };
  const amd = {
    gpus: [placed('amd', '0000:03:00.0'), placed('amd', '0000:0c:00.0')],
    findings: [
      {
        severity: 'info' as const,
        code: 'resizable-bar-off',
        path: '/hardware/gpus/1/vram_total_mib',
        message: 'm',
        remedy: null,
      },
    ],
  };

  it('stand in one list in PCI order, with the findings about each', () => {
    const { reading, findings } = mergeGpus(nvidia, [amd], AT);
    expect(reading.value!.map(({ index, vendor }) => `${index} ${vendor.value}`)).toEqual([
      '0 amd',
      '1 nvidia',
      '2 amd',
    ]);
    expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'pcie-narrow /hardware/gpus/1/pcie_width',
      'gpu-not-measured /hardware/gpus',
      'resizable-bar-off /hardware/gpus/2/vram_total_mib',
    ]);
    expect(findings[1]!.message).toContain('Intel');
  });

  it('are left as they are where there is none of another maker', () => {
    expect(mergeGpus(nvidia, [{ gpus: [], findings: [] }], AT)).toBe(nvidia);
    const none = { reading: missing('no-driver: gone'), findings: [] };
    expect(mergeGpus(none, [], AT).reading.value).toBeNull();
  });

  it('are known where NVIDIA’s could not be looked for, with why', () => {
    const { reading } = mergeGpus({ reading: missing('timeout: hangs'), findings: [] }, [amd], AT);
    expect(reading).toMatchObject({
      value: [{ index: 0 }, { index: 1 }],
      provenance: { conditions: { nvidia: 'timeout: hangs' } },
    });
  });
});
