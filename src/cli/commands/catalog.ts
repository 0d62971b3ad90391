import { ExpectedError } from '../../contract/errors';
import { catalogParts, type CatalogPart, catalogRows, catalogText } from '../../core/report/catalog-text';
import { printResult, type CliCommand, type OptionMeta } from '../command';
import { exitStatus } from '../exit-status';
import { collect } from '../option-values';

interface CatalogOptions {
  readonly catalog?: readonly string[];
  readonly keep?: boolean;
  readonly remove?: readonly string[];
}

/** A file of the user's own rows; commands that look something up by name take it. */
export const catalogOption: OptionMeta = {
  flags: '--catalog <file>',
  description: 'rows of your own, JSON or YAML; may be repeated',
  parse: collect,
};

export const catalog: CliCommand<CatalogOptions> = {
  meta: {
    name: 'catalog',
    summary: 'List the models, cards, servers and storage known by name, with their sources.',
    argument: {
      name: 'part',
      description: `${catalogParts.join(', ')} (models described by their attention alone)`,
      optional: true,
    },
    options: [
      catalogOption,
      { flags: '--keep', description: 'keep these files for every command' },
      { flags: '--remove <name>', description: 'keep this file no longer; may be repeated', parse: collect },
    ],
  },
  async handler(context, { catalog: files = [], keep = false, remove = [] }, name) {
    const part = partNamed(name);
    for (const each of remove) {
      const { path } = await context.call('catalog.remove', { file_name: each });
      context.terminal.say(`Removed ${path}.`);
    }
    if (keep) {
      for (const file of files) {
        const { path } = await context.call('catalog.keep', { file });
        context.terminal.say(`Kept as ${path}.`);
      }
    }
    const value = await context.call('catalog.read', { files: keep ? [] : [...files] });
    const parts = part === null ? catalogParts : [part];
    const whole = () => Object.fromEntries(parts.map((each) => [each, catalogRows(value, each)]));
    printResult(context, part === null ? { ...whole(), paths: value.paths } : catalogRows(value, part), () =>
      parts.map((each) => `${catalogText(value, each, context.terminal).join('\n')}\n`).join('\n'),
    );
    return exitStatus.done;
  },
};

function partNamed(name: string): CatalogPart | null {
  if (name === '') return null;
  const found = catalogParts.find((part) => part === name);
  if (found !== undefined) return found;
  throw new ExpectedError(
    'usage',
    `The catalog has no "${name}".`,
    `Name one of ${catalogParts.join(', ')}.`,
  );
}
