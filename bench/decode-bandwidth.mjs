import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';

/** A model whose output matrix is its token table, so that each token reads every weight once: bytes a token are the model's. */
const MODEL = 'llama-3.2-1b';
const QUANTS = ['F16', 'Q8_0', 'Q4_0'];
const ROUNDS = 4;
const TOKENS = 24;

/**
 * Bytes of weights a second that llama-bench's decode reads, beside the bandwidth that the probe gives, in turns. The probe's
 * figure is a ceiling: no decode may lie above it. Models are of random weights, written for the run (2.3 GiB at most).
 */
export async function run() {
  if (!hasLlamaBench()) return say('llama-bench is not on PATH.');
  return inFolder(async (folder) => {
    const ceilings = [];
    for (const quant of QUANTS) {
      const model = join(folder, `${quant}.gguf`);
      plimsoll(folder, ['ballast', MODEL, '--quant', quant, '--out', model]);
      const decodes = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const turns = [() => ceilings.push(bandwidth(folder)), () => decodes.push(decode(model))];
        for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn();
      }
      rmSync(model);
      say(`llama-bench, ${quant.padEnd(4)}  ${spread(decodes)} GB/s of weights`);
      const highest = Math.max(...decodes);
      const ceiling = Math.max(...ceilings);
      say(
        `  highest decode / the probe's highest so far (${ceiling.toFixed(1)} GB/s): ${(highest / ceiling).toFixed(2)}`,
      );
    }
    say(`probe, whole         ${spread(ceilings)} GB/s`);
  });
}

function hasLlamaBench() {
  try {
    execFileSync('llama-bench', ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function plimsoll(folder, args) {
  const env = { ...process.env, PLIMSOLL_DATA_DIR: join(folder, 'data') };
  return execFileSync(process.execPath, [resolve('bin/plimsoll.mjs'), ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
}

/** Of one whole probe without a disk, GB/s. */
function bandwidth(folder) {
  const { hardware } = JSON.parse(plimsoll(folder, ['probe', '--no-disk', '--json']));
  return hardware.memory.cpu_mem_bw_gbps;
}

/** Bytes of the model's tensors times tokens a second, GB/s. */
function decode(model) {
  const args = [
    '-m',
    model,
    '-p',
    '0',
    '-n',
    String(TOKENS),
    '-r',
    '2',
    '-t',
    String(cpus().length),
    '-o',
    'json',
  ];
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
  const [row] = JSON.parse(execFileSync('llama-bench', args, options));
  return (row.model_size * Math.max(...row.samples_ts)) / 1e9;
}

function spread(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `${median.toFixed(1)} (${sorted[0].toFixed(1)}-${sorted.at(-1).toFixed(1)})`;
}
