import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';

const ROUNDS = 4;
/** About 5 GB. */
const LARGE = ['llama-3.1-8b', '--quant', 'Q4_K_M'];

/**
 * Writing a ballast of 5 GB beside `dd` writing as many zeros, in turns, each first in every other round. Neither waits for the
 * disk at its end. Before each, untimed, as many bytes are written and removed: on a virtual machine the first to use memory that
 * the host took back pays for it, which costs up to four times the writing. Needs 6 GB in PLIMSOLL_BENCH_DIR, else the
 * temporary folder.
 */
export async function run() {
  return inFolder(async (folder) => {
    const path = join(folder, 'large');
    writeBallast(path, 0);
    const { size } = statSync(path);
    const seconds = { plimsoll: [], dd: [] };
    const write = { plimsoll: (round) => writeBallast(path, round), dd: () => writeZeros(path, size) };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of round % 2 === 0 ? ['plimsoll', 'dd'] : ['dd', 'plimsoll']) {
        remove(path);
        writeZeros(path, size);
        remove(path);
        seconds[name].push(timed(() => write[name](round)));
      }
      const rates = Object.entries(seconds).map(([name, all]) => `${name} ${rate(size, all.at(-1))}`);
      say(`${(size / 1e9).toFixed(2)} GB: ${rates.join(', ')}`);
    }
    const ratio = median(seconds.plimsoll) / median(seconds.dd);
    say(`median: plimsoll takes ${ratio.toFixed(2)} times as long as dd`);
  });
}

function writeBallast(path, seed) {
  const command = ['bin/plimsoll.mjs', 'ballast', ...LARGE, '--seed', String(seed), '--out', path];
  execFileSync(process.execPath, command, { stdio: 'ignore' });
}

function writeZeros(path, bytes) {
  const options = ['if=/dev/zero', `of=${path}`, 'bs=4M', `count=${Math.ceil(bytes / 2 ** 22)}`];
  execFileSync('dd', options, { stdio: 'ignore' });
}

/** Both begin with nothing left to be written. */
function remove(path) {
  rmSync(path, { force: true });
  spawnSync('sync');
}

function timed(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1e3;
}

function rate(bytes, seconds) {
  return `${(bytes / 1e9 / seconds).toFixed(2)} GB/s`;
}

function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
