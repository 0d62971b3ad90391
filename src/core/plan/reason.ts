import type { MemoryRow, Reason } from './schema';

/** A reason with what it is about; the rest is null. */
export function reason(code: Reason['code'], parts: Partial<Reason> & { message: string }): Reason {
  return { code, device: null, bytes: null, field: null, ...parts };
}

/** A row of memory as a sentence begins with it. */
export function placeOf(row: MemoryRow): string {
  if (row.device === 'host') return 'Host memory';
  return row.name === null ? row.device : `${row.device} (${row.name})`;
}
