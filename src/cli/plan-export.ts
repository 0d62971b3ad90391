import { saveReport } from '../agent/save-report';
import { ExpectedError } from '../contract/errors';
import { ExportError } from '../core/export/export-error';
import { type ExportedPlan, type ExportFormat, exportPlan } from '../core/export/export-plan';
import type { Plan } from '../core/plan/schema';
import type { Context } from './command';

/** Writes a plan for another program: to a file, or to stdout; with `--json` as a field of it. Throws ExpectedError where the format cannot hold it. */
export async function writeExport(
  answer: Plan,
  format: ExportFormat,
  out: string | undefined,
  { terminal, json }: Pick<Context, 'terminal' | 'json'>,
): Promise<void> {
  const { fileName, text } = exporting(answer, format);
  if (out !== undefined) {
    await saveReport(out, text);
    terminal.say(`Written to ${out}.`);
  }
  if (json)
    terminal.printRaw(
      `${JSON.stringify({ format, path: out ?? null, file_name: fileName, text }, null, 2)}\n`,
    );
  else if (out === undefined) terminal.printRaw(text);
}

function exporting(answer: Plan, format: ExportFormat): ExportedPlan {
  try {
    return exportPlan(answer, format);
  } catch (error) {
    if (error instanceof ExportError) throw new ExpectedError('usage', error.message, error.remedy);
    throw error;
  }
}
