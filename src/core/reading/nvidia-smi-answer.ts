import { parseRows, type SmiRow } from './nvidia-smi-rows';
import type { SmiField } from './nvidia-smi-query';

/** What a run of nvidia-smi that ended by itself came to. */
export type SmiAnswer =
  /** `strange` are lines that are not a card: a warning beside the cards. */
  | { readonly kind: 'rows'; readonly rows: readonly SmiRow[]; readonly strange: readonly string[] }
  /** It does not know this field, and printed nothing else. */
  | { readonly kind: 'unknown-field'; readonly field: string }
  | { readonly kind: 'no-devices' }
  /** One card does not answer, which keeps it from printing the others. */
  | { readonly kind: 'card-lost'; readonly message: string }
  | { readonly kind: 'failed'; readonly failure: SmiFailure };

/** Why nvidia-smi could not look: `reason` is `code: explanation`, `remedy` one sentence. */
export interface SmiFailure {
  readonly reason: string;
  readonly remedy: string;
}

const REINSTALL =
  'Install the NVIDIA driver of this system again, so that its library and its tools are of one version.';
const RESTART = 'Restart the machine: after a driver update that is what loads the new one.';
const REPORT = 'Run nvidia-smi in a terminal: what it prints there is what Plimsoll was told.';
const PERMIT =
  'Give this user access to the files /dev/nvidia*, for example through the groups video and render.';
const LOAD = 'Install or load the NVIDIA driver (on Linux: modprobe nvidia), then measure again.';
const UNBLOCK = 'Update the NVIDIA driver on Windows and run wsl --shutdown, then measure again.';
const RECOVER = 'Restart the machine to recover the GPU, and look for Xid messages in the kernel log.';

interface Cause {
  readonly code: string;
  readonly remedy: string;
}

/** Messages of drivers 535 to 610. Text before status: one status has several meanings, 255 has all of them. */
const BY_TEXT: readonly (Cause & { readonly test: RegExp })[] = [
  {
    test: /make sure \/dev\/nvidia\* files are readable|Insufficient Permissions/i,
    code: 'permission',
    remedy: PERMIT,
  },
  { test: /couldn't find libnvidia-ml|NVML Shared Library/i, code: 'no-driver-library', remedy: REINSTALL },
  {
    test: /couldn't communicate with the NVIDIA driver|Driver Not Loaded/i,
    code: 'no-driver',
    remedy: LOAD,
  },
  { test: /Driver\/library version mismatch/i, code: 'driver-mismatch', remedy: RESTART },
  { test: /access blocked by the operating system/i, code: 'blocked', remedy: UNBLOCK },
  { test: /GPU is lost|GPU requires reset/i, code: 'gpu-lost', remedy: RECOVER },
  { test: /Failed to initialize NVML: Timeout/i, code: 'timeout', remedy: RECOVER },
];

/** For a message in words that are not known here. */
const BY_STATUS: ReadonlyMap<number, Cause> = new Map([
  [4, { code: 'permission', remedy: PERMIT }],
  [9, { code: 'no-driver', remedy: LOAD }],
  [12, { code: 'no-driver-library', remedy: REINSTALL }],
  [15, { code: 'gpu-lost', remedy: RECOVER }],
  [17, { code: 'blocked', remedy: UNBLOCK }],
  [18, { code: 'driver-mismatch', remedy: RESTART }],
]);

/** Status of "No devices were found" (`-L` prints nearly the same with status 0). */
const NO_DEVICES = 6;
/** How much of a message is kept. */
const MAX_MESSAGE = 300;

/**
 * Reads what a query of these fields printed. Errors stand on stdout and may come with status 0; cards may come with
 * another status (14: a card's inforom is corrupt), and then they count.
 */
export function judgeQuery(
  code: number,
  stdout: string,
  stderr: string,
  fields: readonly SmiField[],
): SmiAnswer {
  const text = stdout.trim() === '' ? stderr : stdout;
  const field = /^Field "([^"]{0,100})" is not a valid field to query/m.exec(text)?.[1];
  if (field !== undefined) return { kind: 'unknown-field', field: field.trim() };
  if (/^Unable to determine the device handle/m.test(text)) {
    return { kind: 'card-lost', message: oneLine(text) };
  }
  const { rows, strange } = parseRows(stdout, fields);
  if (rows.length > 0) return { kind: 'rows', rows, strange };
  return judgeFailure(code, stdout, stderr);
}

/** Reads what a run printed that gave no cards. */
export function judgeFailure(
  code: number,
  stdout: string,
  stderr: string,
): Extract<SmiAnswer, { kind: 'no-devices' | 'failed' }> {
  const text = oneLine(stdout.trim() === '' ? stderr : stdout);
  const cause = BY_TEXT.find(({ test }) => test.test(text));
  if (!cause && (/^No devices (were )?found/.test(text) || (code === NO_DEVICES && text === ''))) {
    return { kind: 'no-devices' };
  }
  const { code: name, remedy } = cause ?? BY_STATUS.get(code) ?? { code: 'error', remedy: REPORT };
  const message = readable(text, code);
  return { kind: 'failed', failure: { reason: `${name}: ${message}`, remedy } };
}

function readable(text: string, code: number): string {
  if (text === '') return `nvidia-smi printed nothing and ended with status ${code}`;
  // Control characters could steer the terminal that shows them; U+FFFD stands for bytes that are no text.
  const isText = !/[\p{Cc}\uFFFD]/u.test(text);
  return isText ? text : `nvidia-smi printed what is not text and ended with status ${code}`;
}

function oneLine(text: string): string {
  return text
    .slice(0, 4 * MAX_MESSAGE)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
}
