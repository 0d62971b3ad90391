import type { MemoryComponent } from '../receipt/schema';

/** What the components of memory are called, in reports and window alike. */
export const memoryParts: Readonly<Record<MemoryComponent, string>> = {
  model: 'Weights',
  context: 'Context',
  compute: 'Compute',
  output: 'Output',
  overhead: 'Overhead',
};
