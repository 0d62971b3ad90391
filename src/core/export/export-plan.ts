import { assertNever } from '../assert-never';
import { quoteCommand, type Shell } from '../plan/quote';
import type { Command, Plan } from '../plan/schema';
import { ExportError } from './export-error';
import { llamaSwap } from './llama-swap';
import { presetIni } from './preset-ini';
import { remarksOf } from './remarks';

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
  switch (format) {
    case 'preset-ini':
      return { fileName: `${name}.ini`, text: presetIni(plan, command, name) };
    case 'llama-swap':
      return { fileName: 'llama-swap.yaml', text: llamaSwap(plan, command, name) };
    case 'sh':
      return { fileName: `${name}.sh`, text: script(plan, command, 'posix', '#!/bin/sh\n', '# ') };
    case 'powershell':
      return { fileName: `${name}.ps1`, text: script(plan, command, 'powershell', needed(command), '# ') };
    case 'cmd':
      return { fileName: `${name}.cmd`, text: script(plan, command, 'batch', '@echo off\n', 'rem ') };
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

/** Variables are set only for the program: what follows in the same shell does not see them. */
function script(plan: Plan, { tool, argv, env }: Command, shell: Shell, head: string, mark: string): string {
  if (shell === 'batch') refuseLineBreaks(argv);
  const remarks = remarksOf(plan).map((remark) => `${mark}${oneLine(remark, shell)}\n`);
  const ending = shell === 'posix' ? '\n' : '\r\n';
  const line = quoteCommand(tool, argv, env, shell);
  const text = `${head}${remarks.join('')}${shell === 'batch' ? 'setlocal\n' : ''}${line}\n`;
  return ending === '\n' ? text : text.replaceAll('\n', ending);
}

function oneLine(text: string, shell: Shell): string {
  const line = text.replaceAll(/\s+/gu, ' ');
  return shell === 'batch' ? line.replaceAll(/[%^&|<>]/gu, ' ') : line;
}

function refuseLineBreaks(argv: readonly string[]): void {
  const word = argv.find((each) => /[\r\n]/u.test(each));
  if (word === undefined) return;
  throw new ExportError(
    `cmd cannot be given ${JSON.stringify(word)}: it has a line break.`,
    'Rename the file.',
  );
}

/** PowerShell before 7.3 drops quotes within a word and empty words on their way to a program. */
function needed({ argv }: Command): string {
  const needs = argv.some((word) => word === '' || word.includes('"') || /\s.*\\$/u.test(word));
  return needs ? '#Requires -Version 7.3\n' : '';
}
