import type { Budgets, DeviceBudget } from './budgets';
import { backendOf } from './listed-names';
import type { Candidate } from './placement';
import { runtimeName } from './runtime-names';
import type { Command, ExplainedFlag } from './schema';
import { devicesInUse } from './settings';

/** The plan as argument lists of llama-server and llama-bench, which spell things differently. */
export function commandsOf(
  flags: readonly ExplainedFlag[],
  { settings }: Candidate,
  budgets: Budgets,
): readonly Command[] {
  const used = new Set(devicesInUse(settings).map(({ name }) => name));
  const env = environmentFor(budgets.devices.filter(({ name }) => used.has(name)));
  return [
    { tool: 'llama-server', argv: [...wordsOf(flags)], env },
    { tool: 'llama-bench', argv: [...wordsOf(benchFlags(flags))], env },
  ];
}

/** What a command needs that uses these cards: they are counted in PCI order, in which CUDA counts only when told to. */
export function environmentFor(devices: readonly DeviceBudget[]): Record<string, string> {
  return devices.some(isCuda) ? { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } : {};
}

/** Whether llama.cpp drives this card through CUDA, as far as is known. */
export function isCuda(device: Pick<DeviceBudget, 'gpu' | 'ordinal' | 'listed'>): boolean {
  return backendOf(runtimeName(device) ?? '') === 'cuda';
}

/**
 * How llama-bench writes what llama-server is told (`tools/llama-bench/llama-bench.cpp`); lists of its own are separated by commas,
 * so what is one value there has other separators. It has no context, slots, caches or `--fit`.
 */
const benchValues: Readonly<Record<string, (value: string | null) => string | null>> = {
  '-m': same,
  '-b': same,
  '-ub': same,
  '-fa': same,
  '-ctk': same,
  '-ctv': same,
  '-ngl': same,
  '-ncmoe': same,
  '-dev': (value) => value?.replaceAll(',', '/') ?? null,
  '-ts': (value) => value?.replaceAll(',', '/') ?? null,
  '-ot': (value) => value?.replaceAll(',', ';') ?? null,
  '-nkvo': () => '1',
  '-sm': same,
  '-mg': same,
  '-t': same,
  '-lm': same,
};

function same(value: string | null): string | null {
  return value;
}

function benchFlags(flags: readonly ExplainedFlag[]): readonly ExplainedFlag[] {
  return flags.flatMap((flag) => {
    const value = benchValues[flag.flag];
    return value === undefined ? [] : [{ ...flag, value: value(flag.value) }];
  });
}

function wordsOf(flags: readonly ExplainedFlag[]): readonly string[] {
  return flags.flatMap((flag) => (flag.value === null ? [flag.flag] : [flag.flag, flag.value]));
}
