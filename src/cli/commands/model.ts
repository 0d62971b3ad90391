import { explainModel } from '../../core/model/explain-model';
import { modelText } from '../../core/report/model-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';

/** What stands for a model on every command line. */
export const referenceArgument = {
  name: 'ref',
  description:
    'a GGUF file, safetensors, a config.json, hf:ORG/REPO[:QUANT], an address, or a catalog name with :QUANT',
} as const;

export const model: CliCommand<{ readonly explain?: boolean }> = {
  meta: {
    name: 'model',
    summary: 'Show what a model is made of.',
    argument: referenceArgument,
    options: [
      {
        flags: '--explain',
        description: 'where every byte lies: tensors by kind and layer, and what grows with the context',
      },
    ],
  },
  async handler(context, options, reference) {
    const value = await context.call('model.read', { reference });
    const { width, room } = context.terminal;
    const layout = { width, room, explain: options.explain === true };
    const printed = options.explain === true ? { ...value, explanation: explainModel(value) } : value;
    printResult(context, printed, () => modelText(value, layout));
    return exitStatus.done;
  },
};
