import { probeDisk } from '../../src/host/probe/disk';

/** Measures the disk of the folder named first, for longer than a test lasts, and says each step on a line of its own. */
const context = {
  now: () => new Date().toISOString(),
  signal: new AbortController().signal,
  progress: (_step: string, label: string) => process.stdout.write(`${label}\n`),
};

void probeDisk(context, { directory: process.argv[2]!, largestFileGib: 1, warmUpSeconds: 60 });
