import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOfLabel, moreRows } from '../core/plan/memory-rows';
import type { TruthRow } from '../core/plan/truth-rows';
import { programOnPath } from '../support/programs';
import { startRpcServer } from '../support/rpc-server';
import { writeSparseGguf } from '../support/sparse-gguf';

const missing = ['llama-fit-params', 'ggml-rpc-server'].filter((name) => programOnPath(name) === null);
if (missing.length > 0) console.warn(`skipped: rows of memory made anew (${missing.join(', ')} not on PATH)`);

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-rows-'));
const servers: ChildProcess[] = [];
const addresses: string[] = [];

/** Every so many rows one is made anew; overrides need a device that takes large batches over, which not every build has. */
const STEP = 9;
const sample = moreRows.filter(
  ({ model, args, devices }, position) =>
    position % STEP === 0 &&
    !/^(tiny|wide) /u.test(model) &&
    (devices.length === 1 || / -ngl 99(?! .*(-ot|cmoe))/u.test(` ${args}`)),
);

beforeAll(async () => {
  if (missing.length > 0) return;
  for (let count = 0; count < 2; count++) {
    const { process, address } = await startRpcServer();
    servers.push(process);
    addresses.push(address);
  }
});
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(missing.length > 0)('rows of what llama.cpp would allocate', () => {
  it.each(sample)('are made again for $model with $args', async (row) => {
    const path = join(folder, 'model.gguf');
    writeSparseGguf(path, modelOfLabel(row.model));
    const used = addresses.slice(0, row.args.includes('-sm none') ? 2 : row.devices.length - 1);
    const rpc = used.length === 0 ? [] : ['--rpc', used.join(',')];
    const given = ['-m', path, '-fitp', 'on', '--no-repack', ...rpc, ...row.args.split(' ')];
    const { stdout } = await run('llama-fit-params', given);
    expect(devicesIn(stdout)).toEqual(row.devices);
  });
});

function devicesIn(printed: string): TruthRow['devices'] {
  return [...printed.matchAll(/^(RPC\d|Host) (\d+) (\d+) (\d+)/gmu)].map(
    ([, name, model, context, compute]) => ({
      device: name === 'Host' ? 'host' : `gpu${name!.slice('RPC'.length)}`,
      model_mib: Number(model),
      context_mib: Number(context),
      compute_mib: Number(compute),
    }),
  );
}
