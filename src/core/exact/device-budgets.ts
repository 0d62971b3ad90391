import type { DeviceBudget } from '../plan/budgets';

/**
 * What llama.cpp uses where `-dev` says nothing: every card of its own, else what shares the host's memory; of these what the build
 * that was found lists, where it lists any.
 */
export function usualDevices(budgets: readonly DeviceBudget[]): readonly DeviceBudget[] {
  const listed = budgets.filter((budget) => budget.listed !== null);
  const there = listed.length > 0 ? listed : budgets;
  const dedicated = there.filter((budget) => !budget.unified);
  return dedicated.length > 0 ? dedicated : there;
}

/** Backends of llama.cpp by their devices' names, and whose cards they count; null: everybody's. */
const backends: readonly (readonly [RegExp, string | null])[] = [
  [/^cuda(\d+)$/iu, 'nvidia'],
  [/^(?:rocm|hip)(\d+)$/iu, 'amd'],
  [/^sycl(\d+)$/iu, 'intel'],
  [/^(?:mtl|metal)(\d*)$/iu, 'apple'],
  [/^vulkan(\d+)$/iu, null],
];

/**
 * The GPU that llama.cpp calls so: by the list of the build that was found, else counting in PCI order; null where the profile has
 * none. As in llama.cpp, case does not matter.
 */
export function deviceCalled(name: string, budgets: readonly DeviceBudget[]): DeviceBudget | null {
  const listed = budgets.find((budget) => budget.listed?.toLowerCase() === name.toLowerCase());
  if (listed !== undefined) return listed;
  for (const [pattern, vendor] of backends) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const own = budgets.filter(({ gpu }) => vendor === null || gpu.vendor === null || gpu.vendor === vendor);
    return own[Number(match[1] === '' ? 0 : match[1])] ?? null;
  }
  return null;
}
