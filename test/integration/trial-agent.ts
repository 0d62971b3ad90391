import { createAgent } from '../../src/agent/agent';

/** Runs a trial of the model named first on the runtime named second, with the store named third, and says each step on a line of its own. */
const [reference, runtime, dataDirectory] = process.argv.slice(2);
const agent = createAgent({
  version: 'test',
  dataDirectory: dataDirectory!,
  memoryWorker: '',
  embeddedRunner: '/none',
  now: () => new Date().toISOString(),
  chooseModelFile: null,
});
const task = {
  signal: new AbortController().signal,
  progress: ({ label }: { label: string }) => void process.stdout.write(`${label}\n`),
};
const { commands } = await import('../../src/contract/commands');
await agent['trial.run'](commands['trial.run'].input.parse({ reference, runtime }), task);
