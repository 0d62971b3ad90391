import { join } from 'node:path';
import type { CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { wholeNumber } from '../option-values';

/** Not used by anything common, and free of the ports that llama-server and its peers take. */
const DEFAULT_PORT = 7676;

export const serve: CliCommand<{ readonly port: number }> = {
  meta: {
    name: 'serve',
    summary: 'Open Plimsoll in a browser, on this machine only.',
    options: [
      {
        flags: '--port <n>',
        description: 'port on 127.0.0.1; 0 for any',
        parse: wholeNumber(0, 65_535),
        default: DEFAULT_PORT,
      },
    ],
  },
  async handler({ shells, dispatcher, terminal, signal, json }, { port }) {
    const pages = join(shells.root, 'out/renderer');
    const server = await shells.startServer({ dispatcher, port, pages });
    if (json) terminal.printRaw(`${JSON.stringify({ url: server.url })}\n`);
    else
      terminal.print(
        `Plimsoll is at ${server.url}\nThe address works on this machine only. Ctrl-C ends it.\n`,
      );
    await untilAborted(signal);
    await dispatcher.cancelAll();
    await server.close();
    return exitStatus.done;
  },
};

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
