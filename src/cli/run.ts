import { CommanderError } from 'commander';
import { createClient, type Client } from '../contract/client';
import type { Dispatcher } from '../contract/dispatcher';
import { toFailure, type Failure } from '../contract/errors';
import type { Context } from './command';
import { cliCommands } from './commands';
import { exitStatus, statusOfFailure } from './exit-status';
import { buildProgram, type Invocation } from './program';
import { reportProgress } from './progress';
import type { Shells } from './shells';
import type { Terminal } from './terminal';

export interface Surroundings {
  readonly dispatcher: Dispatcher;
  readonly shells: Shells;
  readonly terminal: Terminal;
  /** Ends when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Runs one command line, without the program's own name, and answers the exit status. Never rejects. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const parsed = parse(argv, surroundings);
  if (typeof parsed === 'number') return parsed;
  const json = parsed.options['json'] === true;
  const context = contextOf(surroundings, json);
  try {
    return await parsed.command.handler(context, parsed.options as never, parsed.argument, parsed.rest);
  } catch (error) {
    const failure = toFailure(error);
    printFailure(failure, json, surroundings.terminal);
    return statusOfFailure(failure);
  }
}

/** What was asked for; or the exit status where help, the version or an error was the answer. */
function parse(argv: readonly string[], { shells, terminal }: Surroundings): Invocation | number {
  const state: { invocation: Invocation | null } = { invocation: null };
  const output = { out: terminal.printRaw, error: (text: string) => terminal.say(text.trimEnd()) };
  const program = buildProgram(cliCommands, shells.version, output, (invocation) => {
    state.invocation = invocation;
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    return endOfParse(error, argv, terminal);
  }
  return state.invocation ?? exitStatus.usage;
}

function endOfParse(error: unknown, argv: readonly string[], terminal: Terminal): number {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return exitStatus.done;
  if (error.code !== 'commander.help') {
    const sentence = error.message
      .replace(/^error: /, '')
      .replace(/\n\(Did you mean (?<names>.*)\?\)$/, '. Did you mean $<names>?');
    const command = cliCommands.find(({ meta }) => argv.find((word) => !word.startsWith('-')) === meta.name);
    const failure: Failure = {
      code: 'usage',
      message: capitalised(sentence),
      remedy: `Run \`${['plimsoll', command?.meta.name, '--help'].filter(Boolean).join(' ')}\` to see what can be said.`,
      details: null,
    };
    printFailure(failure, argv.includes('--json'), terminal);
  }
  return exitStatus.usage;
}

function contextOf({ dispatcher, shells, terminal, signal }: Surroundings, json: boolean): Context {
  let count = 0;
  const client = createClient(dispatcher, () => `cli-${process.pid}-${++count}`);
  const call: Client['call'] = async (command, input, options = {}) => {
    const progress = reportProgress(terminal);
    try {
      return await client.call(command, input, { signal, onProgress: progress.show, ...options });
    } finally {
      progress.end();
    }
  };
  return { call, dispatcher, shells, terminal, signal, json };
}

function printFailure(failure: Failure, json: boolean, terminal: Terminal): void {
  if (json) terminal.say(JSON.stringify({ error: failure }));
  else terminal.say([failure.message, failure.remedy].filter((part) => part !== null).join('\n'));
}

function capitalised(sentence: string): string {
  const end = /[.!?]$/.test(sentence) ? '' : '.';
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + end;
}
