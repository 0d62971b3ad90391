import type { PinnedReading } from '../../core/reading/nvidia-protocol';
import type { Address, Cuda } from './cuda';
import { PORTABLE } from './copy-bench';

/** The step in which the ceiling is found. */
const BLOCK_BYTES = 256 * 2 ** 20;
/** Pinning can take a second per few GiB; what fits in this time is told as "at least". */
const TIME_MS = 4000;

/**
 * Pins blocks of host memory until the driver refuses or a limit of ours is reached, and frees them. A context must be
 * current. Pinned pages are resident by definition, so nothing needs to be written to them.
 */
export function findPinnable(cuda: Cuda, mostBytes: number): PinnedReading {
  const blocks: Address[] = [];
  const began = process.hrtime.bigint();
  try {
    for (;;) {
      const bytes = blocks.length * BLOCK_BYTES;
      const ended = (stop: PinnedReading['stop']): PinnedReading => ({
        kind: 'pinned',
        bytes,
        stop,
        failure: null,
      });
      if (bytes + BLOCK_BYTES > mostBytes) return ended('limit');
      if (Number(process.hrtime.bigint() - began) / 1e6 > TIME_MS) return ended('time');
      const block = cuda.read<Address>('cuMemHostAlloc', BLOCK_BYTES, PORTABLE);
      if (!('value' in block)) return { ...ended('refused'), failure: block };
      blocks.push(block.value);
    }
  } finally {
    for (const block of blocks.reverse()) cuda.call('cuMemFreeHost', block);
  }
}
