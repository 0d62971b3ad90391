/** What fio's own exit brought: its report is on stdout, its complaints may be on either pipe. */
export interface FioOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The read side of the first job. */
export interface FioReading {
  /** Without the `fio-`, e.g. `3.33`. */
  readonly version: string;
  readonly engine: string | null;
  readonly bytesPerSecond: number;
  readonly iops: number;
  readonly ioBytes: number;
  readonly runtimeMs: number;
  /** Submission to completion; null where no request was timed. */
  readonly latencyMeanNs: number | null;
  /** Median completion latency; null where fio gave no percentiles. */
  readonly latencyP50Ns: number | null;
  /** Touches of mapped memory that had to wait for the disk; null where fio does not count them. */
  readonly majorFaults: number | null;
}

export type FioFailureCode =
  | 'no-direct-io'
  | 'not-direct'
  | 'no-space'
  | 'read-only'
  | 'permission'
  | 'not-found'
  | 'no-engine'
  | 'bad-option'
  | 'too-old'
  | 'interrupted'
  | 'io-error'
  | 'no-io'
  | 'unreadable';

export interface FioFailure {
  readonly code: FioFailureCode;
  /** One sentence: what happened. */
  readonly message: string;
  /** The first line of fio's own words about it; empty where it said nothing. */
  readonly evidence: string;
}

export type FioResult =
  | { readonly kind: 'measured'; readonly reading: FioReading }
  | ({ readonly kind: 'failed' } & FioFailure);

/** Since 3.2 (2017) a report has `bw_bytes`, bytes in `io_bytes` and nanoseconds; before, the same names held other units. */
const OLDEST_VERSION = [3, 2] as const;
/** `bw_bytes` is `io_bytes` over `runtime`, which is kept in whole milliseconds; a wider gap means a damaged report. */
const RATE_TOLERANCE = 0.05;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Takes fio's `--output-format=json` report apart. Every way to fail that was seen has a code of its own. A `direct` reading
 * must have been asked for past the page cache.
 */
export function parseFio(output: FioOutput, reading: 'direct' | 'mapped' = 'direct'): FioResult {
  const words = complaints(output);
  const report = reportIn(output.stdout);
  if (report === null) return failureWithoutReport(output, words);
  const version = parseFioVersion(textIn(report['fio version']));
  if (version === null) return failed('unreadable', 'The report does not say which fio wrote it.', words);
  if (isOlder(version, OLDEST_VERSION)) {
    return failed('too-old', `fio ${version} reports in other units; 3.2 or later is needed.`, words);
  }
  const job = firstJob(report);
  if (job === null) return failed('unreadable', 'The report of fio holds no job.', words);
  const failure = failureOf(output, job, words);
  if (failure !== null) return failure;
  const options = { ...fields(report['global options']), ...fields(job['job options']) };
  if (reading === 'direct' && options['direct'] !== '1') {
    return failed('not-direct', 'fio read through the page cache.', words);
  }
  return measured(version, job, options, words);
}

/** The number in `fio-3.33` or `fio-3.42-135-gabc`; null where there is none. */
export function parseFioVersion(text: string): string | null {
  return /fio-(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)/.exec(text)?.[1] ?? null;
}

/** Whether a `major.minor` version lies before another. */
export function isOlder(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === least[0] ? minor < least[1] : major < least[0];
}

/** Notes about errors and signals precede the JSON, also where a file was asked for: it starts at the first line with `{`. */
function reportIn(text: string): Fields | null {
  const start = /^\{/m.exec(text)?.index;
  if (start === undefined) return null;
  try {
    return fields(JSON.parse(text.slice(start, text.lastIndexOf('}') + 1)));
  } catch {
    return null;
  }
}

function complaints({ stdout, stderr }: FioOutput): readonly string[] {
  const preamble = stdout.slice(0, /^\{/m.exec(stdout)?.index ?? stdout.length);
  return `${stderr}\n${preamble}`.split('\n').filter((line) => line.trim() !== '');
}

function failureWithoutReport({ code }: FioOutput, words: readonly string[]): FioResult {
  if (says(words, /not loadable|failed to load engine|engine .* not found/)) {
    return failed('no-engine', 'fio has no such I/O engine.', words);
  }
  if (says(words, /unrecognized option|bad option|Bad option/)) {
    return failed('bad-option', 'fio does not know one of the options.', words);
  }
  if (says(words, /terminating on signal/)) return interrupted(words);
  return failed('unreadable', `fio ended with status ${code} and gave no report.`, words);
}

function failureOf(output: FioOutput, job: Fields, words: readonly string[]): FioResult | null {
  if (
    says(words, /does not support O_DIRECT|does not support direct=1|does not support direct or non-buffered/)
  ) {
    return failed('no-direct-io', 'The filesystem refuses reads past the page cache.', words);
  }
  if (says(words, /terminating on signal/)) return interrupted(words);
  const error = figure(job['error']);
  if (error === null) return failed('unreadable', 'The report of fio does not say whether it failed.', words);
  if (error !== 0) return failed(codeOfErrno(error), `fio failed with system error ${error}.`, words);
  if (output.code !== 0) return failed('io-error', `fio ended with status ${output.code}.`, words);
  return null;
}

/** The errnos are Linux's; the five named here are the same on macOS. */
function codeOfErrno(errno: number): FioFailureCode {
  switch (errno) {
    case 1:
    case 13:
      return 'permission';
    case 2:
      return 'not-found';
    case 28:
      return 'no-space';
    case 30:
      return 'read-only';
    default:
      return 'io-error';
  }
}

function measured(version: string, job: Fields, options: Fields, words: readonly string[]): FioResult {
  const read = fields(job['read']);
  const [bytesPerSecond, iops] = [figure(read['bw_bytes']), figure(read['iops'])];
  const [ioBytes, runtimeMs] = [figure(read['io_bytes']), figure(read['runtime'])];
  if (bytesPerSecond === null || iops === null || ioBytes === null || runtimeMs === null) {
    return failed('unreadable', 'The report of fio lacks a figure.', words);
  }
  if (ioBytes === 0 || runtimeMs === 0 || iops === 0) return failed('no-io', 'fio read nothing.', words);
  if (Math.abs((ioBytes * 1000) / runtimeMs / bytesPerSecond - 1) > RATE_TOLERANCE) {
    return failed('unreadable', 'The figures in the report of fio contradict each other.', words);
  }
  const engine = textIn(options['ioengine']) || null;
  return {
    kind: 'measured',
    reading: {
      version,
      engine,
      bytesPerSecond,
      iops,
      ioBytes,
      runtimeMs,
      ...latencies(read),
      majorFaults: figure(job['majf']),
    },
  };
}

function latencies(read: Fields): Pick<FioReading, 'latencyMeanNs' | 'latencyP50Ns'> {
  const [total, completion] = [fields(read['lat_ns']), fields(read['clat_ns'])];
  return {
    // A distribution of nothing says mean 0.
    latencyMeanNs: positive(total['N']) === null ? null : positive(total['mean']),
    latencyP50Ns: positive(fields(completion['percentile'])['50.000000']),
  };
}

function interrupted(words: readonly string[]): FioResult {
  return failed('interrupted', 'A signal ended fio before its time.', words);
}

function failed(code: FioFailureCode, message: string, words: readonly string[]): FioResult {
  return { kind: 'failed', code, message, evidence: (words[0] ?? '').slice(0, 200) };
}

function says(words: readonly string[], pattern: RegExp): boolean {
  return words.some((line) => pattern.test(line));
}

function firstJob(report: Fields): Fields | null {
  const jobs = report['jobs'];
  return Array.isArray(jobs) && isFields(jobs[0]) ? jobs[0] : null;
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function figure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function positive(value: unknown): number | null {
  const number = figure(value);
  return number === 0 ? null : number;
}
