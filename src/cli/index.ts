import { join } from 'node:path';
import { createAgent, dataDirectory, startChildProcess } from '../agent/agent';
import { Dispatcher } from '../contract/dispatcher';
import { interruptSignal } from './interrupt';
import { run } from './run';
import type { Shells } from './shells';
import { processTerminal } from './terminal';

/** Runs the command line `argv` (without node and script) and answers the exit status. */
export async function main(argv: readonly string[], shells: Shells): Promise<number> {
  const dispatcher = new Dispatcher(
    createAgent({
      version: shells.version,
      dataDirectory: dataDirectory(),
      memoryWorker: join(shells.root, 'out/node/memory-reader.cjs'),
      embeddedRunner: join(shells.root, 'out/node/embedded-runner.cjs'),
      gpuProber: { file: join(shells.root, 'out/node/gpu-prober.cjs'), start: startChildProcess },
      now: () => new Date().toISOString(),
      chooseModelFile: null,
    }),
  );
  return run(argv, { dispatcher, shells, terminal: processTerminal(), signal: interruptSignal() });
}
