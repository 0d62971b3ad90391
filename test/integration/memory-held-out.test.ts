import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogModel } from '../../src/core/catalog/models';
import type { Model } from '../../src/core/model/schema';
import { partsOf } from '../../src/core/plan/memory';
import { MIB } from '../../src/core/units';
import { settingsOfRow } from '../core/plan/truth-rows';
import { programOnPath } from '../support/programs';
import { startRpcServer } from '../support/rpc-server';
import { smallestOfEach } from '../support/smallest-models';
import { writeSparseGguf } from '../support/sparse-gguf';

const missing = ['llama-fit-params', 'ggml-rpc-server'].filter((name) => programOnPath(name) === null);
if (missing.length > 0) console.warn(`skipped: memory of catalog models (${missing.join(', ')} not on PATH)`);

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-held-out-'));
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  if (missing.length > 0) return;
  ({ process: server, address } = await startRpcServer());
});
afterAll(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Arguments of every kind of placement; host weights stay on the host, because a plain RPC device takes no batches over. */
const argumentLists = [
  '-c 8192 -ngl 99',
  '-c 16384 -ngl 99 -np 2 -fa off',
  '-c 8192 -ngl 5 --no-op-offload -ctk q8_0 -ctv q8_0',
  '-c 4096 -ngl 99 -ncmoe 3 --no-op-offload -ub 1024 -b 2048',
];

// none of them is in the tables that the formulas were held against
describe.skipIf(missing.length > 0)('the memory of models outside the tables', () => {
  it.each(smallestOfEach())('is what llama-fit-params says of %s, by device and component', async (name) => {
    const model = catalogModel(name, null)!;
    const path = join(folder, 'model.gguf');
    writeSparseGguf(path, model);
    for (const args of argumentLists) {
      const fit = ['-m', path, '-fitp', 'on', '--no-repack', '--rpc', address, ...args.split(' ')];
      const { stdout } = await run('llama-fit-params', fit);
      expect(ours(model, args), args).toEqual(theirs(stdout));
    }
  });
});

/** Whole MiB of weights, context and compute buffers, on the device and on the host. */
type Rows = Readonly<Record<'device' | 'host', readonly number[]>>;

function ours(model: Model, args: string): Rows {
  const devices = ['gpu0', 'host'].map((device) => ({
    device,
    model_mib: 0,
    context_mib: 0,
    compute_mib: 0,
  }));
  const row = { model: model.name, args, devices };
  const parts = partsOf(model, settingsOfRow(row, 'llama-fit-params'));
  expect(parts.computeBasis).toBe('graph');
  const inMib = (all: typeof parts.host): readonly number[] =>
    [all.model!, all.context!, all.compute!].map((bytes) => Math.floor(bytes / MIB));
  return { device: inMib(parts.device), host: inMib(parts.host) };
}

function theirs(printed: string): Rows {
  const numbers = (name: string): readonly number[] =>
    new RegExp(`^${name} (\\d+) (\\d+) (\\d+)`, 'm').exec(printed)!.slice(1).map(Number);
  return { device: numbers('RPC0'), host: numbers('Host') };
}
