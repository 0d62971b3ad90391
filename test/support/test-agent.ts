import { createAgent } from '../../src/agent/agent';
import type { Handlers } from '../../src/contract/dispatcher';

/** The use cases over a data folder, at the beginning of time, with nothing that measures or opens a window. */
export function testAgent(dataDirectory: string): Handlers {
  return createAgent({
    version: 'test',
    dataDirectory,
    memoryWorker: '',
    now: () => new Date(0).toISOString(),
    chooseModelFile: null,
    embeddedRunner: '',
  });
}
