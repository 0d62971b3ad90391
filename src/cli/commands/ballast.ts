import { ExpectedError } from '../../contract/errors';
import { formatFileSize } from '../../core/report/format';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { wholeNumber } from '../option-values';
import { referenceArgument } from './model';

interface BallastOptions {
  readonly quant?: string;
  readonly layers?: number;
  readonly out?: string;
  readonly seed: number;
}

export const ballast: CliCommand<BallastOptions> = {
  meta: {
    name: 'ballast',
    summary: 'Write a stand-in of a model: its exact shape, random weights.',
    argument: referenceArgument,
    options: [
      { flags: '--out <file>', description: 'the GGUF file to write' },
      { flags: '--quant <quant>', description: "quantisation; default: the model's own" },
      { flags: '--layers <n>', description: 'only the first layers', parse: wholeNumber(1, 1e6) },
      {
        flags: '--seed <n>',
        description: 'other random weights of the same shape',
        parse: wholeNumber(0, 2 ** 31 - 1),
        default: 0,
      },
    ],
  },
  async handler(context, { quant, layers, out, seed }, reference) {
    if (out === undefined) {
      throw new ExpectedError('usage', 'The file to write is not named.', 'Name it with --out FILE.');
    }
    const written = await context.call('ballast.write', {
      reference,
      quant: quant ?? null,
      layers: layers ?? null,
      out,
      seed,
    });
    const { path, model, block_count: blocks, bytes } = written;
    printResult(context, written, () => {
      const depth = written.layers === blocks ? `${blocks} layers` : `${written.layers} of ${blocks} layers`;
      const kind = written.quant === null ? '' : ` at ${written.quant}`;
      return `${model}${kind}, ${depth}: ${formatFileSize(bytes)} in ${path}.\n`;
    });
    return exitStatus.done;
  },
};
