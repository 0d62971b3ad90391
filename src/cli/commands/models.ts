import { foundModelsText } from '../../core/report/found-models-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { collect } from '../option-values';

export const models: CliCommand<{ readonly dir?: readonly string[] }> = {
  meta: {
    name: 'models',
    summary: 'List the models on this machine, each with its verdict.',
    options: [{ flags: '--dir <folder>', description: 'look here too; may be given again', parse: collect }],
  },
  async handler(context, options) {
    const { models: found } = await context.call('model.find', { directories: [...(options.dir ?? [])] });
    printResult(context, { models: found }, () =>
      found.length === 0
        ? 'No models were found here.\nName a folder with --dir, or see the catalog with `plimsoll overview`.\n'
        : foundModelsText(found, context.terminal),
    );
    const unmeasured = found.some(({ verdict }) => verdict !== null) && (await hasNoProfile(context));
    if (unmeasured)
      context.terminal.say(
        'This machine was not measured yet, so no verdict is known: run `plimsoll probe`.',
      );
    return exitStatus.done;
  },
};

async function hasNoProfile({ call }: Parameters<typeof models.handler>[0]): Promise<boolean> {
  return (await call('profile.current', {})).profile === null;
}
