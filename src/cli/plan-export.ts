import { saveReport } from '../agent/save-report';
import { ExpectedError } from '../contract/errors';
import { ExportError } from '../core/export/export-error';
import { type ExportedPlan, type ExportFormat, exportPlan } from '../core/export/export-plan';
import type { Plan } from '../core/plan/schema';
import type { Terminal } from './terminal';

/** Writes a plan for another program: to a file, or to stdout. Throws ExpectedError where the format cannot hold it. */
export async function writeExport(
  answer: Plan,
  format: ExportFormat,
  out: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const { text } = exporting(answer, format);
  if (out === undefined) return terminal.printRaw(text);
  await saveReport(out, text);
  terminal.say(`Written to ${out}.`);
}

function exporting(answer: Plan, format: ExportFormat): ExportedPlan {
  try {
    return exportPlan(answer, format);
  } catch (error) {
    if (error instanceof ExportError) throw new ExpectedError('usage', error.message, error.remedy);
    throw error;
  }
}
