import type { Client } from '../contract/client';
import type { Dispatcher } from '../contract/dispatcher';
import type { Shells } from './shells';
import type { Terminal } from './terminal';

export interface OptionMeta {
  /** As commander takes it: `--ctx <tokens>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Turns the text into a value; throws commander's InvalidArgumentError. */
  readonly parse?: (text: string, previous: never) => unknown;
  readonly default?: unknown;
}

export interface CommandMeta {
  readonly name: string;
  readonly summary: string;
  readonly argument?: { readonly name: string; readonly description: string; readonly optional?: boolean };
  /** Words behind the argument. */
  readonly rest?: { readonly name: string; readonly description: string };
  readonly options: readonly OptionMeta[];
}

/** What a handler has at hand. */
export interface Context {
  /** Calls show their progress and end when the user interrupts. */
  readonly call: Client['call'];
  readonly dispatcher: Dispatcher;
  readonly terminal: Terminal;
  readonly shells: Shells;
  /** Ends when the user interrupts. */
  readonly signal: AbortSignal;
  /** Whether `--json` was given. */
  readonly json: boolean;
}

/** One command of the command line: what it is called, and what it does. Answers the exit status. */
export interface CliCommand<Options = never> {
  readonly meta: CommandMeta;
  readonly handler: (
    context: Context,
    options: Options,
    argument: string,
    rest: readonly string[],
  ) => Promise<number>;
}

/** A list printed as JSON where that was asked for, else as text for people. */
export function printResult({ terminal, json }: Context, value: unknown, text: () => string): void {
  if (json) terminal.printRaw(`${JSON.stringify(value, null, 2)}\n`);
  else terminal.print(text());
}
