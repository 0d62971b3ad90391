import { resolve } from 'node:path';
import { routingText } from '../../core/report/routing-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';

interface RoutingOptions {
  readonly receipt?: string;
}

export const routing: CliCommand<RoutingOptions> = {
  meta: {
    name: 'routing',
    summary: 'Say how concentrated a mixture’s routing is, by an importance matrix.',
    argument: { name: 'imatrix', description: 'a GGUF file of llama-imatrix' },
    options: [{ flags: '--receipt <id>', description: 'keep it with this receipt too' }],
  },
  async handler(context, { receipt }, path) {
    const value = await context.call('routing.read', { path });
    printResult(context, value, () => routingText(value, context.terminal));
    if (receipt !== undefined) {
      await context.call('receipt.carry-routing', { id: receipt, path: resolve(path) });
      context.terminal.say(`The receipt ${receipt} carries it.`);
    }
    return exitStatus.done;
  },
};
