import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';

const QUICK_ROUNDS = 5;
/** Stands before fio on PATH, runs it, and notes in milliseconds how long each run took. */
const FIO_WITH_A_CLOCK = `#!/bin/sh
began=$(date +%s%3N)
"$PLIMSOLL_BENCH_FIO" "$@" &
child=$!
trap 'kill -INT $child' INT TERM
wait $child
status=$?
echo $(($(date +%s%3N) - began)) >>"$PLIMSOLL_BENCH_TIMES"
exit $status
`;
const INSTRUMENTS = [/^Writing/, /memory with|^Copying memory|^Preparing to read memory/];

/**
 * How long probes take, and how much of a whole one is not its instruments at work: fio's runs (timed around each of them),
 * writing the test file, reading and copying memory.
 */
export async function run() {
  return inFolder(async (folder) => {
    const quick = [];
    for (let round = 0; round < QUICK_ROUNDS; round += 1) {
      quick.push(quickProbe(folder));
    }
    say(`quick probe: ${quick.map((seconds) => seconds.toFixed(2)).join(', ')} s`);
    const fio = findOnPath('fio');
    if (fio === null || process.platform !== 'linux') return say('fio is not on PATH: no whole probe.');
    await whole(folder, fio);
  });
}

async function whole(folder, fio) {
  const programs = mkdtempSync(join(folder, 'programs-'));
  writeFileSync(join(programs, 'fio'), FIO_WITH_A_CLOCK);
  chmodSync(join(programs, 'fio'), 0o755);
  const times = join(folder, 'times');
  process.env.PATH = `${programs}${delimiter}${process.env.PATH}`;
  process.env.PLIMSOLL_BENCH_FIO = fio;
  process.env.PLIMSOLL_BENCH_TIMES = times;
  const { seconds, labels } = await measured(folder);
  const inFio = sum(readFileSync(times, 'utf8').trim().split('\n').map(Number)) / 1000;
  const inOthers = sum(labels.filter(({ text }) => isInstrument(text)).map(({ lasted }) => lasted));
  say(
    `whole probe: ${seconds.toFixed(1)} s, of which fio ${inFio.toFixed(1)} s, writing and memory ${inOthers.toFixed(1)} s`,
  );
  say(`all else: ${(seconds - inFio - inOthers).toFixed(1)} s`);
}

function isInstrument(text) {
  return INSTRUMENTS.some((pattern) => pattern.test(text));
}

/** One whole probe of a folder's disk; `labels` are what it said it does, with the seconds until the next. */
async function measured(folder) {
  const { measureMachine } = await loadSources(['agent/measure-machine']);
  const told = [];
  const task = {
    signal: new AbortController().signal,
    progress: ({ label }) => {
      if (told.at(-1)?.text !== label) told.push({ at: performance.now(), text: label });
    },
  };
  const input = { quick: false, directories: [folder], disk_file_gib: 4, out: null };
  const began = performance.now();
  await measureMachine(input, task, {
    generator: 'bench',
    memoryWorker: resolve('out/node/memory-reader.cjs'),
    dataDirectory: join(folder, 'data'),
    now: () => new Date().toISOString(),
  });
  const ended = performance.now();
  const labels = told.map(({ at, text }, index) => ({
    text,
    lasted: ((told[index + 1]?.at ?? ended) - at) / 1000,
  }));
  return { seconds: (ended - began) / 1000, labels };
}

/** Seconds of the command line from its start to its end. */
function quickProbe(folder) {
  const began = performance.now();
  execFileSync(process.execPath, [resolve('bin/plimsoll.mjs'), 'probe', '--quick'], {
    env: { ...process.env, PLIMSOLL_DATA_DIR: join(folder, 'data') },
    stdio: 'ignore',
  });
  return (performance.now() - began) / 1000;
}

function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      readFileSync(join(folder, name));
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
