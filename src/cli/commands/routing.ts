import { routingText } from '../../core/report/routing-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';

export const routing: CliCommand = {
  meta: {
    name: 'routing',
    summary: 'Say how concentrated a mixture’s routing is, by an importance matrix.',
    argument: { name: 'imatrix', description: 'a GGUF file of llama-imatrix' },
    options: [],
  },
  async handler(context, _options, path) {
    const value = await context.call('routing.read', { path });
    printResult(context, value, () => routingText(value, context.terminal));
    return exitStatus.done;
  },
};
