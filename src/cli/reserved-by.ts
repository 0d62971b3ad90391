import { z } from 'zod';
import { ExpectedError } from '../contract/errors';
import { memoryRowSchema } from '../core/plan/schema';
import { MIB } from '../core/units';
import type { ReserveOption } from './memory-options';
import { readNamedJson } from './named-file';

const rowsSchema = z.object({
  model: z.object({ name: z.string() }).nullish(),
  memory: z.array(memoryRowSchema.pick({ device: true, total_bytes: true })),
});
/** A plan, or a receipt with its plan. */
const holderSchema = z.union([rowsSchema, z.object({ plan: rowsSchema }).transform(({ plan }) => plan)]);

const code = 'not-a-plan';
const remedy = 'Write a plan with `plimsoll plan REF --json > FILE`, or name a receipt.';

/** What the plan (or the receipt's plan) in a file needs, by device. Throws ExpectedError. */
export async function reservedBy(path: string): Promise<readonly ReserveOption[]> {
  const parsed = holderSchema.safeParse(await readNamedJson(path, { what: '', remedy, code }));
  if (!parsed.success) throw unusable(path, 'is neither a plan nor a receipt');
  const { memory, model } = parsed.data;
  return memory.map(({ device, total_bytes: bytes }) => {
    if (bytes === null) throw unusable(path, `does not say what ${device} takes`);
    return { device, mib: bytes / MIB, what: model?.name ?? path };
  });
}

function unusable(path: string, why: string): ExpectedError {
  return new ExpectedError(code, `${path} ${why}.`, remedy, { path });
}
