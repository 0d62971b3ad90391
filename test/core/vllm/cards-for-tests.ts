import { GIB } from '../../../src/core/units';
import type { Card } from '../../../src/core/vllm/schema';

/** Cards of so many GiB, alike but for what is said. */
export function cards(count: number, gib: number | null, more: Partial<Card> = {}): readonly Card[] {
  const card: Card = {
    name: 'Card',
    memory_bytes: gib === null ? null : Math.round(gib * GIB),
    free_bytes: null,
    bandwidth_gbps: 1000,
    compute_tflops: 300,
    capability: 9,
    nvlink: true,
    link_gbps: 450,
    source: 'given',
    ...more,
  };
  return Array.from({ length: count }, () => card);
}
