import { valuesOf } from '../exact/option-values';
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
    ...[...remarksOf(plan), ...variables].map((remark) => `; ${remark}`),
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

/** Pairs of option and value, long names with hyphens as the file wants them. */
function optionsOf(argv: readonly string[]): readonly Option[] {
  const options: Option[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const values = valuesOf(word);
    if (values === null || values > 1) throw unwritable(word);
    const key = word.replace(/^-+/u, '').replaceAll('_', '-');
    options.push({ key, value: values === 0 ? 'true' : (argv[at + 1] ?? '') });
    at += values;
  }
  return joined(options);
}

function unwritable(word: string): ExportError {
  return new ExportError(
    `A preset file cannot hold ${JSON.stringify(word)}: it takes options of llama-server with one value or none.`,
    'Export for a shell instead.',
  );
}

/** A key stands once in a section: overrides given one by one become one list, as the option itself takes it. */
function joined(options: readonly Option[]): readonly Option[] {
  const [first, ...more] = options.filter(isOverride);
  if (first === undefined || more.length === 0) return options;
  const value = [first, ...more].map((option) => option.value).join(',');
  return options.flatMap((option) =>
    option === first ? [{ ...first, value }] : isOverride(option) ? [] : [option],
  );
}

function isOverride({ key }: Option): boolean {
  return key === 'ot' || key === 'override-tensor';
}

function checked(key: string, value: string): string {
  if (!/[;#\r\n]/u.test(value) && value === value.trim() && value !== '') return value;
  throw new ExportError(
    `A preset file cannot hold ${key} = ${JSON.stringify(value)}: it has no quotes, and ; and # begin a remark.`,
    'Rename the file or export for a shell instead.',
  );
}
