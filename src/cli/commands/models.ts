import { modelListText } from '../../core/report/model-list-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { collect } from '../option-values';
import { planAll } from '../plan-all';

export const models: CliCommand<{ readonly dir?: readonly string[] }> = {
  meta: {
    name: 'models',
    summary: 'List the models on this machine, each with its verdict.',
    options: [{ flags: '--dir <folder>', description: 'look here too; may be given again', parse: collect }],
  },
  async handler(context, options) {
    const found = await context.call('model.find', { directories: [...(options.dir ?? [])] });
    const rows = await planAll(
      context,
      found.models.map(({ name, path, bytes }) => ({ name, reference: path, bytes })),
    );
    printResult(context, { models: rows }, () =>
      rows.length === 0
        ? 'No models were found here.\nName a folder with --dir, or see the catalog with `plimsoll overview`.\n'
        : `${modelListText(rows, context.terminal).join('\n')}\n`,
    );
    return exitStatus.done;
  },
};
