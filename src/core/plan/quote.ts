import { assertNever } from '../assert-never';

/** Whose rules a line is quoted by. */
export type Shell = 'posix' | 'powershell' | 'cmd';

/** The shell that people have on a platform (`linux`, `darwin`, `win32`); POSIX where it is not known. */
export function shellOf(os: string | null): Shell {
  return os === 'win32' ? 'powershell' : 'posix';
}

/** One line that the shell reads back as exactly these words. */
export function quoteLine(words: readonly string[], shell: Shell): string {
  const line = words.map((word) => quoteWord(word, shell)).join(' ');
  const quotedProgram = shell === 'powershell' && line.startsWith("'");
  return quotedProgram ? `& ${line}` : line;
}

/** A whole command line: variables set for this one program, then its words. */
export function quoteCommand(
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  shell: Shell,
): string {
  const line = quoteLine([program, ...argv], shell);
  const settings = Object.entries(env);
  switch (shell) {
    case 'posix':
      return [...settings.map(([name, value]) => `${name}=${quoteLine([value], shell)}`), line].join(' ');
    case 'powershell':
      return [...settings.map(([name, value]) => `$env:${name} = ${quoteAlways(value)};`), line].join(' ');
    case 'cmd':
      return [...settings.map(([name, value]) => `set "${name}=${value}" &&`), line].join(' ');
    default:
      return assertNever(shell);
  }
}

function quoteAlways(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}

/** Characters that no shell here takes for its own. A leading dash is a flag and stays. */
const plain = /^[A-Za-z0-9_./:=+@%-]+$/u;
const plainPowershell = /^[A-Za-z0-9_./:=+\\-]+$/u;
const plainCmd = /^[A-Za-z0-9_./:=+\\-]+$/u;

function quoteWord(word: string, shell: Shell): string {
  switch (shell) {
    case 'posix':
      return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
    case 'powershell':
      return plainPowershell.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
    case 'cmd':
      return plainCmd.test(word) ? word : quoteForCmd(word);
    default:
      return assertNever(shell);
  }
}

/**
 * Quoted first for the program's own parser (backslashes before a quote double), then for cmd, which expands `%NAME%` even
 * between quotes: a caret outside of them keeps the percent sign.
 */
function quoteForCmd(word: string): string {
  const inner = word.replaceAll(/(\\*)"/gu, String.raw`$1$1\"`).replace(/(\\+)$/u, '$1$1');
  return `"${inner.replaceAll('%', '"^%"')}"`;
}
