import type { Finding } from '../finding';

/** Tells of more than one memory node: a thread that reads another node's memory crosses the slower link. */
export function numaFindings(nodes: number | null): readonly Finding[] {
  if (nodes === null || nodes < 2) return [];
  return [
    {
      severity: 'info',
      code: 'numa',
      path: '/hardware/cpu/numa_nodes',
      message: `The memory is divided over ${nodes} NUMA nodes.`,
      remedy: 'Run llama.cpp with --numa distribute when weights stay in host memory.',
    },
  ];
}
