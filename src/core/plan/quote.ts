import { assertNever } from '../assert-never';

/** Whose rules a line is quoted by; `batch` is cmd reading a file, which takes `%` differently from one typed. */
export type Shell = 'posix' | 'powershell' | 'cmd' | 'batch';

/** The shell that people have on a platform (`linux`, `darwin`, `win32`); POSIX where it is not known. */
export function shellOf(os: string | null): Shell {
  return os === 'win32' ? 'powershell' : 'posix';
}

/** One line that the shell reads back as exactly these words. cmd has no way to write a line break. */
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
      return [...settings.map(([name, value]) => `$env:${name} = ${quoteForPowershell(value)};`), line].join(
        ' ',
      );
    case 'cmd':
    case 'batch':
      return [...settings.map(([name, value]) => `set "${name}=${value}" &&`), line].join(' ');
    default:
      return assertNever(shell);
  }
}

/** Characters that no shell here takes for its own. A leading dash is a flag and stays. */
const plain = /^[A-Za-z0-9_./:=+@%-]+$/u;
const plainWindows = /^[A-Za-z0-9_./:=+\\-]+$/u;
/** PowerShell cuts such a word in two at the dot or the colon. */
const splitFlag = /^-.*[.:]/u;

function quoteWord(word: string, shell: Shell): string {
  switch (shell) {
    case 'posix':
      return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
    case 'powershell':
      return plainWindows.test(word) && !splitFlag.test(word) ? word : quoteForPowershell(word);
    case 'cmd':
    case 'batch':
      return plainWindows.test(word) ? word : quoteForCmd(word, shell);
    default:
      return assertNever(shell);
  }
}

/** PowerShell takes the typographic single quotes for plain ones; each is doubled. */
function quoteForPowershell(word: string): string {
  return `'${word.replaceAll(/['\u2018-\u201B]/gu, '$&$&')}'`;
}

/** A word as a program on Windows reads it back (CommandLineToArgvW), no shell between: backslashes before a quote double. */
export function quoteForProgram(word: string): string {
  return plainWindows.test(word) ? word : inQuotes(word);
}

function inQuotes(word: string): string {
  return `"${word.replaceAll(/(\\*)"/gu, String.raw`$1$1\"`).replace(/(\\+)$/u, '$1$1')}"`;
}

/**
 * Quoted first for the program, then for cmd. A quote within the word would end what cmd takes for quoted, and it looks variables
 * up within quotes too; there every character of cmd's own gets a caret instead. A file doubles `%`.
 */
function quoteForCmd(word: string, shell: 'cmd' | 'batch'): string {
  const quoted = shell === 'batch' ? inQuotes(word).replaceAll('%', '%%') : inQuotes(word);
  const careted = word.includes('"') || (shell === 'cmd' && word.includes('%'));
  if (!careted) return quoted;
  return quoted.replaceAll(shell === 'batch' ? /[()!^"<>&|]/gu : /[()!^"<>&|%]/gu, '^$&');
}
