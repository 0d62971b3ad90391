import { overrideSchema, type PlanRequest } from '../../../core/plan/request-schema';
import type { Plan } from '../../../core/plan/schema';
import { MIB } from '../../../core/units';

type Reserve = PlanRequest['reserves'][number];
type Override = PlanRequest['overrides'][number];

/** What a reserve that was typed is called, as on the command line. */
const TYPED = 'as asked';

/** Shares with one of them changed, the others as they were or as is usual; null where none is left that was typed. */
export function withShare(
  shares: readonly number[] | null,
  usual: readonly number[],
  position: number,
  share: number | null,
): readonly number[] | null {
  if (share === null && shares === null) return null;
  const next = usual.map((each, at) => (at === position ? (share ?? each) : (shares?.[at] ?? each)));
  return share === null && next.every((each, at) => each === usual[at]) ? null : next;
}

/** Budgets with that of one device set, in MiB, or given back where null. */
export function withBudget(
  budgets: PlanRequest['budgets_mib'],
  device: string,
  mib: number | null,
): PlanRequest['budgets_mib'] {
  const others = Object.fromEntries(Object.entries(budgets).filter(([name]) => name !== device));
  return mib === null ? others : { ...others, [device]: mib };
}

/** What was typed to be held back on a device, in MiB; null where nothing was. */
export function typedReserve(reserves: readonly Reserve[], device: string): number | null {
  return reserves.find((each) => each.device === device && each.what === TYPED)?.mib ?? null;
}

/** Reserves with the one that was typed for a device changed; those of other models stay. */
export function withTypedReserve(
  reserves: readonly Reserve[],
  device: string,
  mib: number | null,
): readonly Reserve[] {
  const others = reserves.filter((each) => each.device !== device || each.what !== TYPED);
  return mib === null || mib === 0 ? others : [...others, { device, mib, what: TYPED }];
}

/** What other models hold, each once, with its MiB over all devices. */
export function heldByOthers(
  reserves: readonly Reserve[],
): readonly { readonly what: string; readonly mib: number }[] {
  const sums = new Map<string, number>();
  for (const { what, mib } of reserves) if (what !== TYPED) sums.set(what, (sums.get(what) ?? 0) + mib);
  return [...sums].map(([what, mib]) => ({ what, mib }));
}

/** Reserves with what this plan takes of every device, so that another may be planned beside it. Null where its memory is not known. */
export function withPlanHeld(
  reserves: readonly Reserve[],
  { model, memory }: Plan,
): readonly Reserve[] | null {
  const what = [model.name, model.quant]
    .filter((part) => part !== null)
    .join(' ')
    .slice(0, 200);
  const own = memory.flatMap(({ device, total_bytes: bytes }) =>
    bytes === null ? [] : [{ device, mib: bytes / MIB, what }],
  );
  return own.length < memory.length ? null : [...reserves.filter((each) => each.what !== what), ...own];
}

/** Tensors put on devices as `-ot` has them, one PATTERN=DEVICE a line; the first line that is none, with why. */
export function readOverrideLines(
  text: string,
): { readonly overrides: readonly Override[] } | { readonly problem: string } {
  const overrides: Override[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue;
    const at = line.lastIndexOf('=');
    const device = line
      .slice(at + 1)
      .trim()
      .toLowerCase();
    const parsed = overrideSchema.safeParse({
      pattern: line.slice(0, Math.max(0, at)),
      device: device === 'cpu' ? 'host' : device,
    });
    if (at < 1) return { problem: `${line} wants the form PATTERN=DEVICE.` };
    if (!parsed.success) return { problem: `${line}: ${parsed.error.issues[0]!.message}` };
    overrides.push(parsed.data);
  }
  return { overrides };
}

/** The same as text. */
export function overrideLines(overrides: readonly Override[]): string {
  return overrides.map(({ pattern, device }) => `${pattern}=${device}`).join('\n');
}
