import { assertNever } from '../assert-never';
import { quoteCommand } from '../plan/quote';
import { ExportError } from './export-error';

/** Shells that files are written for. */
export const scriptShells = ['posix', 'powershell', 'cmd'] as const;
export type ScriptShell = (typeof scriptShells)[number];

/** How a file of each shell ends. */
export const scriptEndings: Readonly<Record<ScriptShell, string>> = {
  posix: 'sh',
  powershell: 'ps1',
  cmd: 'cmd',
};

/** A program to start, and what is said above the line that starts it. */
export interface ScriptedCommand {
  readonly program: string;
  readonly argv: readonly string[];
  /** Set for the program. */
  readonly env: Readonly<Record<string, string>>;
  /** Each one line without control characters. */
  readonly remarks: readonly string[];
}

/** A file that starts a program with exactly these words. Throws ExportError for a word that the shell cannot be given. */
export function scriptOf(command: ScriptedCommand, shell: ScriptShell): string {
  switch (shell) {
    case 'posix':
      return posixScript(command);
    case 'powershell':
      return powershellScript(command);
    case 'cmd':
      return cmdScript(command);
    default:
      return assertNever(shell);
  }
}

function posixScript({ program, argv, env, remarks }: ScriptedCommand): string {
  const line = quoteCommand(program, argv, env, 'posix');
  // with variables before it, `exec` would not be one word of the shell's own everywhere
  const started = Object.keys(env).length === 0 ? `exec ${line}` : line;
  return ['#!/bin/sh', ...remarks.map((remark) => `# ${remark}`), started, ''].join('\n');
}

/** Windows PowerShell takes a file without a mark for the system's code page, where bytes of other letters can be quotes. */
function powershellScript({ program, argv, env, remarks }: ScriptedCommand): string {
  const lines = [
    ...(needsPowershell73(argv) ? ['#Requires -Version 7.3'] : []),
    ...remarks.map((remark) => `# ${remark}`),
    quoteCommand(program, argv, env, 'powershell'),
    '',
  ];
  const text = lines.join('\r\n');
  return isAscii(text) ? text : `${BYTE_ORDER_MARK}${text}`;
}

export const BYTE_ORDER_MARK = '\uFEFF';

/** PowerShell before 7.3 drops quotes within a word and empty words on their way to a program. */
function needsPowershell73(argv: readonly string[]): boolean {
  return argv.some((word) => word === '' || word.includes('"') || /\s.*\\$/u.test(word));
}

/** cmd reads a file in the console's code page, so one with other letters asks for UTF-8 first. */
function cmdScript({ program, argv, env, remarks }: ScriptedCommand): string {
  refuseLineBreaks([...argv, ...Object.values(env)]);
  const rest = [
    ...remarks.map((remark) => `rem ${remark.replaceAll(/[%^&|<>]/gu, ' ')}`),
    'setlocal',
    quoteCommand(program, argv, env, 'batch'),
    '',
  ];
  const codePage = isAscii(rest.join('')) ? [] : ['chcp 65001 >nul'];
  return ['@echo off', ...codePage, ...rest].join('\r\n');
}

function refuseLineBreaks(words: readonly string[]): void {
  const word = words.find((each) => /[\r\n]/u.test(each));
  if (word === undefined) return;
  throw new ExportError(
    `cmd cannot be given ${JSON.stringify(word)}: it has a line break.`,
    'Rename the file.',
  );
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\u0000-\u007F]*$/u.test(text);
}
