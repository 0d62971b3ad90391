/** Why a runtime gave no measurement. */
export type RuntimeFault =
  | 'missing'
  | 'not-a-program'
  | 'version-timeout'
  | 'crashed'
  | 'load-timeout'
  | 'run-timeout'
  | 'other-output'
  | 'unknown-flag'
  | 'port-in-use'
  | 'model-not-loaded'
  | 'not-reachable'
  | 'no-key'
  | 'other-key'
  | 'not-llama-server'
  | 'other-model'
  | 'not-expressible';

/** What a program left behind when it ended on its own. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

export interface Diagnosis {
  readonly fault: RuntimeFault;
  /** The flag for `unknown-flag`, the runtime's own words for `model-not-loaded`. */
  readonly subject: string | null;
}

/** llama-server says `invalid argument: --x`, llama-bench `invalid parameter for argument: --x`, old ones `unknown argument`. */
const FLAG =
  /(?:invalid argument|invalid parameter for argument|unknown argument|unrecognized option)[: ]+'?([^\s']{1,80})/i;
const PORT = /couldn't bind HTTP server socket|address already in use/i;
const MODEL = /error loading model: |(?:failed|unable) to (?:load model|create context)/i;

/** What ended a runtime that should have gone on, by what it printed. */
export function diagnose({ stderr }: ProgramEnd): Diagnosis {
  const flag = FLAG.exec(stderr);
  if (flag !== null) return { fault: 'unknown-flag', subject: flag[1]! };
  if (PORT.test(stderr)) return { fault: 'port-in-use', subject: null };
  if (MODEL.test(stderr)) return { fault: 'model-not-loaded', subject: reasonIn(stderr) };
  return { fault: 'crashed', subject: null };
}

/** The most telling line: the first error that says why, without its time and level. */
function reasonIn(stderr: string): string | null {
  const why = /error loading model: (.{1,300})$/m.exec(stderr)?.[1];
  return why === undefined ? null : why.trim();
}

/** The last lines of a log, as evidence: at most `lines` of at most 300 characters. */
export function lastLines(text: string, lines = 8): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => line.slice(0, 300))
    .join('\n');
}
