import { Command, Option } from 'commander';
import type { CliCommand, CommandMeta, OptionMeta } from './command';

/** What was asked for on the command line. */
export interface Invocation {
  readonly command: CliCommand;
  readonly options: Readonly<Record<string, unknown>>;
  readonly argument: string;
  /** Words behind the argument, where the command takes them. */
  readonly rest: readonly string[];
}

export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Descriptions in a help are broken into lines where at least so many characters are left for them. */
const NARROWEST_TEXT = 12;

/** Commander's program of a list of commands; `chosen` is told what a parse selects. */
export function buildProgram(
  commands: readonly CliCommand[],
  version: string,
  output: Output,
  chosen: (invocation: Invocation) => void,
): Command {
  const program = new Command('plimsoll')
    .description('The load line for local models: what fits this machine, with which flags, and how fast.')
    .version(version)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 ship or done, 2 refuse, 3 unknown, 64 wrong usage (also an unknown name), 1 failed.',
    );
  quiet(program, output);
  for (const command of commands) {
    const child = quiet(describe(program.command(command.meta.name), command.meta), output);
    child.action((...values: unknown[]) => {
      if (values[0] === '') child.error(`error: argument '${command.meta.argument?.name}' is empty`);
      const argument = typeof values[0] === 'string' ? values[0] : '';
      const rest = Array.isArray(values[1]) ? (values[1] as readonly string[]) : [];
      chosen({ command, options: child.optsWithGlobals(), argument, rest });
    });
  }
  return program;
}

function quiet(command: Command, { out, error }: Output): Command {
  return command
    .exitOverride()
    .configureHelp({ minWidthToWrap: NARROWEST_TEXT, subcommandTerm })
    .configureOutput({ writeOut: out, writeErr: error, outputError: () => undefined });
}

/** A command in the list of commands: that it has options goes without saying. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}

function describe(command: Command, { summary, argument, rest, options }: CommandMeta): Command {
  command.description(summary).option('--json', 'print JSON');
  if (argument !== undefined) {
    const name = argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`;
    command.argument(name, argument.description);
  }
  if (rest !== undefined) command.argument(`[${rest.name}...]`, rest.description);
  for (const option of options) command.addOption(optionOf(option));
  return command;
}

function optionOf(meta: OptionMeta): Option {
  const option = new Option(meta.flags, meta.description);
  if (meta.choices !== undefined) option.choices(meta.choices);
  if (meta.parse !== undefined) option.argParser(meta.parse as (text: string, previous: unknown) => unknown);
  if (meta.default !== undefined) option.default(meta.default);
  return option;
}
