import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';

/** Short runs in turns, so that what else the machine does meets both alike. */
const SPEED_ROUNDS = 12;
/** Shapes whose speed is compared between two seeds; PLIMSOLL_BENCH_SHAPE names one of them. */
const SHAPES = [
  { model: 'llama-3.2-1b', quant: 'Q8_0' },
  { model: 'llama-3.2-1b', quant: 'Q4_K_M' },
  { model: 'qwen3-0.6b', quant: 'Q4_K_M' },
  { model: 'smollm3-3b', quant: 'Q4_K_M' },
];

/**
 * How fast llama.cpp generates on ballasts of one shape and two seeds, in turns, where llama-bench is on PATH. Needs 6 GB in
 * PLIMSOLL_BENCH_DIR, else the temporary folder.
 */
export async function run() {
  if (spawnSync('llama-bench', ['--help'], { stdio: 'ignore' }).status !== 0)
    return say('skipped: llama-bench is not on PATH');
  const wanted = process.env.PLIMSOLL_BENCH_SHAPE;
  return inFolder(async (folder) => {
    for (const shape of SHAPES) {
      if (wanted === undefined || wanted === `${shape.model}:${shape.quant}`) compareSeeds(folder, shape);
    }
  });
}

function compareSeeds(folder, shape) {
  const paths = [0, 1].map((seed) => join(folder, `${seed}.gguf`));
  for (const [seed, path] of paths.entries()) writeBallast(path, shape, seed);
  const speeds = [[], []];
  for (let round = 0; round < SPEED_ROUNDS; round++) {
    for (const [seed, path] of paths.entries()) speeds[seed].push(decodeSpeed(path));
  }
  for (const path of paths) rmSync(path);
  const best = speeds.map((all) => Math.max(...all));
  const middle = speeds.map(median);
  const lowest = Math.min(...speeds.flat()).toFixed(2);
  say(
    `${shape.model} ${shape.quant}: best ${fixed(best)} tok/s (${difference(best)}), median ${fixed(middle)} (${difference(middle)}), lowest ${lowest}, n ${SPEED_ROUNDS} each`,
  );
}

function difference(values) {
  return `${((100 * (values[1] - values[0])) / values[0]).toFixed(1)} %`;
}

function fixed(values) {
  return values.map((value) => value.toFixed(2)).join(' and ');
}

function writeBallast(path, { model, quant }, seed) {
  const command = ['bin/plimsoll.mjs', 'ballast', model, '--quant', quant, '--seed', seed, '--out', path];
  execFileSync(process.execPath, command.map(String), { stdio: 'ignore' });
}

function decodeSpeed(path) {
  const command = ['-m', path, '-p', '0', '-n', '16', '-r', '1', '-o', 'json'];
  const printed = execFileSync('llama-bench', command, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(printed)[0].avg_ts;
}

function median(values) {
  return values.toSorted((left, right) => left - right)[values.length >> 1];
}
