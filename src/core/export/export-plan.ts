import { assertNever } from '../assert-never';
import type { Plan } from '../plan/schema';
import { ExportError } from './export-error';
import { llamaSwap } from './llama-swap';
import { presetIni } from './preset-ini';
import { remarksOf } from './remarks';
import { scriptEndings, scriptOf, type ScriptShell } from './script';

/** What a plan can be written as, beside its own JSON. */
export const exportFormats = ['preset-ini', 'llama-swap', 'sh', 'powershell', 'cmd'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A file for another program. */
export interface ExportedPlan {
  readonly fileName: string;
  readonly text: string;
}

/** A plan's llama-server line for whoever starts it. Throws ExportError where the format cannot hold it. */
export function exportPlan(plan: Plan, format: ExportFormat): ExportedPlan {
  const command = plan.commands.find(({ tool }) => tool === 'llama-server');
  if (command === undefined) {
    throw new ExportError(
      'These arguments are not for llama-server, so there is nothing to export.',
      'Judge them with --tool llama-server.',
    );
  }
  const name = nameOf(plan);
  const script = (shell: ScriptShell): ExportedPlan => ({
    fileName: `${name}.${scriptEndings[shell]}`,
    text: scriptOf({ ...command, program: command.tool, remarks: remarksOf(plan) }, shell),
  });
  switch (format) {
    case 'preset-ini':
      return { fileName: `${name}.ini`, text: presetIni(plan, command, name) };
    case 'llama-swap':
      return { fileName: 'llama-swap.yaml', text: llamaSwap(plan, command, name) };
    case 'sh':
      return script('posix');
    case 'powershell':
    case 'cmd':
      return script(format);
    default:
      return assertNever(format);
  }
}

/** The model's name as other programs want identifiers: lower case, no blanks. */
function nameOf({ model }: Plan): string {
  const stem = model.name.replace(/\.gguf$/iu, '');
  const quant = model.quant?.toLowerCase() ?? '';
  const whole = quant === '' || stem.toLowerCase().includes(quant) ? stem : `${stem}-${quant}`;
  const name = whole
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/gu, '');
  return name === '' ? 'model' : name;
}
