import type { DeviceBudget } from './budgets';

/** What llama.cpp's backend for a maker's cards calls them (`ggml_backend_dev_name`). */
const prefixes: Readonly<Record<string, string>> = {
  nvidia: 'CUDA',
  amd: 'ROCm',
  intel: 'SYCL',
  apple: 'MTL',
};

/**
 * A card as llama.cpp names it: as the build of this machine lists it, else as builds for its maker do, counted in PCI order
 * (`CUDA0`; a maker that is not known counts as NVIDIA). Null for makers whose backend has no name of its own.
 */
export function runtimeName({
  gpu,
  ordinal,
  listed,
}: Pick<DeviceBudget, 'gpu' | 'ordinal' | 'listed'>): string | null {
  if (listed !== null) return listed;
  const prefix = prefixes[gpu.vendor ?? 'nvidia'];
  return prefix === undefined ? null : `${prefix}${ordinal}`;
}
