import { Dispatcher, type Handlers } from '../../src/contract/dispatcher';
import { run } from '../../src/cli/run';
import type { Shells } from '../../src/cli/shells';
import { smallHandlers } from '../contract/small-handlers';

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Setting {
  readonly handlers?: Partial<Handlers>;
  readonly shells?: Partial<Shells>;
  readonly signal?: AbortSignal;
}

/** Runs a command line against the given handlers, with a terminal that keeps what is written. */
export async function commandLine(argv: readonly string[], setting: Setting = {}): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const status = await run(argv, {
    dispatcher: new Dispatcher(smallHandlers(setting.handlers)),
    shells: {
      root: '/nowhere',
      version: '9.9.9',
      startServer: () => Promise.reject(new Error('no server in this test')),
      ...setting.shells,
    },
    terminal: {
      print: (text) => void (stdout += text),
      printRaw: (text) => void (stdout += text),
      say: (text) => void (stderr += `${text}\n`),
      width: 80,
      room: Number.POSITIVE_INFINITY,
      interactive: false,
    },
    signal: setting.signal ?? new AbortController().signal,
  });
  return { status, stdout, stderr };
}
