import type { WriteStream } from 'node:tty';
import { createColors } from 'picocolors';
import { exitStatus } from './exit-status';

/** Where a command writes. Reports go to stdout; progress, notes and errors to stderr. */
export interface Terminal {
  /** A report for people; control characters are shown as a mark, because names come from files. */
  readonly print: (text: string) => void;
  /** Text that must arrive as it is: JSON, a profile. */
  readonly printRaw: (text: string) => void;
  /** A note beside the report. */
  readonly say: (text: string) => void;
  /** Characters a line of text may have. */
  readonly width: number;
  /** Characters a line of a table may have: a table that is read by a program is not broken. */
  readonly room: number;
  /** Whether somebody watches stderr. */
  readonly interactive: boolean;
}

/** A report wider than this is harder to read, however wide the window. */
const WIDEST = 120;
const NARROWEST = 40;
const DEFAULT_WIDTH = 100;

/** The terminal of this process. A reader that goes away early (`| head`) ends the program quietly. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithOutput);
  const color = wantsColor(process.stdout);
  return {
    print: (text) => void process.stdout.write(paint(printable(text), color)),
    printRaw: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(`${printable(text)}\n`),
    width: Math.max(NARROWEST, Math.min(WIDEST, process.stdout.columns || DEFAULT_WIDTH)),
    room: process.stdout.columns ? Math.max(NARROWEST, process.stdout.columns) : Number.POSITIVE_INFINITY,
    interactive: process.stderr.isTTY,
  };
}

/** Text without control characters other than line ends and tabs, which could drive the terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, '\uFFFD');
}

/** Titles bold and verdicts in colour, where `color` allows. */
export function paint(text: string, color: boolean): string {
  const { bold, green, red, yellow } = createColors(color);
  return text
    .replaceAll(/^[A-Z][^\n:|]*$/gm, (title) => bold(title))
    .replaceAll(/\bSHIP\b/g, (word) => green(word))
    .replaceAll(/\bREFUSE\b/g, (word) => red(word))
    .replaceAll(/\bUNKNOWN\b/g, (word) => yellow(word));
}

/** As https://no-color.org asks. */
function wantsColor(stream: WriteStream): boolean {
  if (process.env['NO_COLOR']) return false;
  return Boolean(process.env['FORCE_COLOR']) || (stream.isTTY && process.env['TERM'] !== 'dumb');
}

/** Nobody reads any more, or there is no room for what is written. */
function endWithOutput({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(
    `The output could not be written: ${message}.\nFree some space, or write elsewhere.\n`,
  );
  process.exit(exitStatus.failed);
}
