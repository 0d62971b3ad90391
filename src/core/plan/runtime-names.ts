import type { DeviceBudget } from './budgets';

/** What llama.cpp's backend for a maker's cards calls them (`ggml_backend_dev_name`). */
const prefixes: Readonly<Record<string, string>> = {
  nvidia: 'CUDA',
  amd: 'ROCm',
  intel: 'SYCL',
  apple: 'MTL',
};

/**
 * A card as llama.cpp names it, counted in PCI order: `CUDA0`; a maker that is not known counts as NVIDIA. Null for makers
 * whose backend has no name of its own.
 */
export function runtimeName({ gpu, ordinal }: Pick<DeviceBudget, 'gpu' | 'ordinal'>): string | null {
  const prefix = prefixes[gpu.vendor ?? 'nvidia'];
  return prefix === undefined ? null : `${prefix}${ordinal}`;
}
