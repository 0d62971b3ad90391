import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeSparse } from './headers.mjs';

const RUNS = 5;

/** How long `llama-fit-params` takes for one placement of a model, in words; what stands in the way where it cannot be asked. */
export async function timeFitParams(folder, name) {
  const args = ['-m', writeSparse(folder, name), '-fitp', 'on', '--no-repack', '-c', '8192', '-ngl', '0'];
  const times = [];
  for (let index = 0; index < RUNS; index++) {
    const start = performance.now();
    try {
      await promisify(execFile)('llama-fit-params', args);
    } catch (error) {
      return error.code === 'ENOENT'
        ? 'skipped: llama-fit-params is not on PATH'
        : `llama-fit-params failed: ${error.code}`;
    }
    times.push(performance.now() - start);
  }
  return `llama-fit-params, one placement (${name}): best of ${RUNS} ${Math.min(...times).toFixed(0)} ms`;
}
