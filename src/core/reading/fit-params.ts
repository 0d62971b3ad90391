/** A device's share of memory as llama-fit-params prints it, in whole MiB rounded down. */
export interface DryRunRow {
  /** As llama.cpp calls the device (`CUDA0`, `RPC0[127.0.0.1:50052]`), or `Host`. */
  readonly name: string;
  readonly model_mib: number;
  readonly context_mib: number;
  readonly compute_mib: number;
}

/** More devices than llama.cpp can have (GGML_MAX_BACKENDS). */
const MOST_ROWS = 64;

/**
 * Reads what `llama-fit-params --fit-print on` prints: `NAME MODEL CONTEXT COMPUTE` a device, the host last
 * (`common/fit.cpp: common_fit_print`). Null where it is not that: an error, or another version's output.
 */
export function parseFitParams(stdout: string): readonly DryRunRow[] | null {
  const rows: DryRunRow[] = [];
  for (const line of stdout.split(/\r?\n/u)) {
    const match = /^(\S.{0,200}?)\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*$/u.exec(line);
    if (match === null) continue;
    const [, name, model, context, compute] = match;
    rows.push({
      name: name!,
      model_mib: Number(model),
      context_mib: Number(context),
      compute_mib: Number(compute),
    });
    if (rows.length > MOST_ROWS) return null;
  }
  return rows.at(-1)?.name === 'Host' ? rows : null;
}
