import type { Command, Plan } from '../plan/schema';
import { ExportError } from './export-error';
import { remarksOf } from './remarks';

/**
 * A section for `llama-server --models-preset FILE` of v0.5.0: options without their dashes, flags as `true`
 * (`common/preset.cpp: parse_ini_from_file`). Variables cannot be set there; a remark names them. Throws ExportError for a value
 * that the format would cut: it has no quotes, and `;` and `#` begin a remark anywhere.
 */
export function presetIni(plan: Plan, command: Command, name: string): string {
  const variables = Object.entries(command.env).map(
    ([key, value]) => `start llama-server with ${key}=${value}`,
  );
  return [
    ...[...remarksOf(plan), ...variables].map((remark) => `; ${remark.replaceAll(/\s+/gu, ' ')}`),
    'version = 1',
    '',
    `[${name}]`,
    ...optionsOf(command.argv).map(({ key, value }) => `${key} = ${checked(key, value)}`),
    '',
  ].join('\n');
}

interface Option {
  readonly key: string;
  readonly value: string;
}

/** Pairs of option and value; an option followed by another has none. */
function optionsOf(argv: readonly string[]): readonly Option[] {
  const options: Option[] = [];
  for (let at = 0; at < argv.length; at++) {
    const key = argv[at]!.replace(/^-+/u, '');
    const next = argv[at + 1];
    const hasValue = next !== undefined && !isOption(next);
    options.push({ key, value: hasValue ? next : 'true' });
    if (hasValue) at++;
  }
  return joined(options);
}

/** A number below zero is a value. */
function isOption(word: string): boolean {
  return /^--?[A-Za-z]/u.test(word);
}

/** A key stands once in a section: overrides given one by one become one list, as the option itself takes it. */
function joined(options: readonly Option[]): readonly Option[] {
  const overrides = options.filter(({ key }) => key === 'ot');
  if (overrides.length < 2) return options;
  const value = overrides.map((option) => option.value).join(',');
  return options.flatMap((option) =>
    option.key === 'ot' ? (option === overrides[0] ? [{ key: 'ot', value }] : []) : [option],
  );
}

function checked(key: string, value: string): string {
  if (!/[;#\r\n]/u.test(value) && value === value.trim() && value !== '') return value;
  throw new ExportError(
    `A preset file cannot hold ${key} = ${JSON.stringify(value)}: it has no quotes, and ; and # begin a remark.`,
    'Rename the file or export for a shell instead.',
  );
}
