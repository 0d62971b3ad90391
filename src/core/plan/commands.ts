import type { Budgets } from './budgets';
import type { Candidate } from './placement';
import type { Command, ExplainedFlag } from './schema';

/** The plan as argument lists of llama-server and llama-bench, which spell things differently. */
export function commandsOf(
  flags: readonly ExplainedFlag[],
  candidate: Candidate,
  budgets: Budgets,
): readonly Command[] {
  const env = environment(candidate, budgets);
  return [
    { tool: 'llama-server', argv: [...wordsOf(flags)], env },
    { tool: 'llama-bench', argv: [...wordsOf(benchFlags(flags))], env },
  ];
}

/** nvidia-smi counts devices in PCI order; CUDA does only when told to. */
function environment(candidate: Candidate, budgets: Budgets): Record<string, string> {
  const vendor = budgets.gpu?.gpu.vendor ?? 'nvidia';
  const usesCuda = candidate.settings.device && vendor === 'nvidia';
  return usesCuda ? { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } : {};
}

/** Flags of llama-server that llama-bench knows by the same name; it has no context, slots, caches or `--fit`. */
const shared = new Set([
  '-m',
  '-b',
  '-ub',
  '-fa',
  '-ctk',
  '-ctv',
  '-ngl',
  '-ncmoe',
  '-dev',
  '-mg',
  '-t',
  '-lm',
]);

function benchFlags(flags: readonly ExplainedFlag[]): readonly ExplainedFlag[] {
  return flags.filter((flag) => shared.has(flag.flag));
}

function wordsOf(flags: readonly ExplainedFlag[]): readonly string[] {
  return flags.flatMap((flag) => (flag.value === null ? [flag.flag] : [flag.flag, flag.value]));
}
