import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgent } from '../../src/agent/agent';
import { commands, type CommandInput } from '../../src/contract/commands';
import { Dispatcher } from '../../src/contract/dispatcher';
import type { Progress } from '../../src/contract/events';
import { formatProfile } from '../../src/core/profile/parse-profile';
import type { Receipt } from '../../src/core/receipt/schema';
import { profileWith } from '../core/plan/profiles';
import { temporaryFolder } from './temporary';
import { writeTinyGguf } from './tiny-gguf';

/** An agent with a store, a machine that was measured and a model that runs, all in one folder. */
export function trialPlace({ embeddedRunner = '/none' } = {}) {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const model = join(folder.path, 'tiny.gguf');
  mkdirSync(data);
  writeTinyGguf(model);
  writeFileSync(join(data, 'profile.json'), formatProfile(profileWith({ features: ['avx2'] })));
  const dispatcher = new Dispatcher(
    createAgent({
      version: 'test',
      dataDirectory: data,
      memoryWorker: '',
      embeddedRunner,
      now: () => new Date().toISOString(),
      chooseModelFile: null,
    }),
  );
  let count = 0;
  return {
    folder: folder.path,
    data,
    model,
    dispatcher,
    /** Runs a trial of the model; what it measures is small, so that it takes no time. */
    async trial(input: CommandInput<'trial.run'> = {}, onProgress: (progress: Progress) => void = () => {}) {
      const task = `trial-${++count}`;
      const stop = dispatcher.on('progress', (progress) => progress.task === task && onProgress(progress));
      const small = { reference: model, generate: 8, prompt: 32, repetitions: 2, depth: 256 };
      const answer = await dispatcher.call('trial.run', { ...small, ...input }, task);
      stop();
      return answer;
    },
    cancelAll: () => dispatcher.cancelAll(),
    remove: () => folder.remove(),
    /** A program of this name that runs these lines of sh, in a folder of its own. */
    program: (name: string, lines: string) => writeProgram(join(folder.path, `fake-${++count}`), name, lines),
  };
}

/** The receipt in an answer. Throws where the answer is a failure. */
export function receiptIn(answer: Awaited<ReturnType<Dispatcher['call']>>): Receipt {
  if (!answer.ok) throw new Error(`${answer.failure.code}: ${answer.failure.message}`);
  return commands['trial.run'].output.parse(answer.value).receipt;
}

function writeProgram(folder: string, name: string, lines: string): string {
  mkdirSync(folder);
  const path = join(folder, name);
  const version = 'if [ "$1" = --version ]; then echo "version: 1 (fake)" >&2; exit 0; fi';
  writeFileSync(path, `#!/bin/sh\n${version}\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Whether a process of this id runs; one that has ended and was not waited for does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

/** Resolves when none of these processes runs; false where one still does after `milliseconds`. */
export async function allEnd(pids: readonly number[], milliseconds = 8000): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    if (!pids.some(runs)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** The process ids that a fake program wrote into a file, once it is there. */
export async function pidsIn(file: string, count: number): Promise<readonly number[]> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const text = readIfThere(file);
    const pids = text.split('\n').filter((line) => line !== '');
    if (pids.length >= count) return pids.map(Number);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${file} does not name ${count} processes`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
