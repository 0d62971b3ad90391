import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFromGguf } from '../../src/core/model/gguf/model-from-gguf';
import { planModel } from '../../src/core/plan/plan-model';
import { type Plan, planRequestSchema } from '../../src/core/plan/schema';
import { readBytes } from '../core/model/gguf/drive';
import { profileWith } from '../core/plan/profiles';
import { killServers, startServer } from '../support/llama-server';
import { programOnPath } from '../support/programs';
import { startRpcServer } from '../support/rpc-server';
import { writeTinyGguf } from '../support/tiny-gguf';

const missing = ['llama-server', 'llama-bench', 'ggml-rpc-server'].filter(
  (name) => programOnPath(name) === null,
);
if (missing.length > 0)
  console.warn(`skipped: commands for several devices in llama.cpp (${missing.join(', ')} not on PATH)`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-devices-'));
const path = join(folder, 'tiny.gguf');
const started: ChildProcess[] = [];
let addresses: readonly string[] = [];

beforeAll(async () => {
  writeTinyGguf(path);
  if (missing.length > 0) return;
  const servers = [await startRpcServer(), await startRpcServer()];
  started.push(...servers.map(({ process }) => process));
  addresses = servers.map(({ address }) => address);
});
afterAll(() => {
  killServers();
  for (const process of started) process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function planFor(request: object): Plan {
  const model = modelFromGguf(readBytes(readFileSync(path)), 'tiny', path);
  // not NVIDIA's: their kernels do not know heads as narrow as these
  const gpu = { vendor: 'intel' } as const;
  const profile = profileWith({ gpus: [gpu, gpu] });
  return planModel(model, profile, planRequestSchema.parse({ threads: 1, context: 512, ...request }));
}

/** The same arguments for stand-ins: `SYCL0` becomes `RPC0`, which is there once `--rpc` was read. */
function onStandIns(argv: readonly string[]): readonly string[] {
  return ['--rpc', addresses.join(','), ...argv.map((word) => word.replaceAll('SYCL', 'RPC'))];
}

const both = { devices: ['gpu1', 'gpu0'] };
const requests = [
  { ...both, tensor_split: [1, 3] },
  { ...both, gpu_layers: 3, tensor_split: [2, 1], offload_cache: false },
  {
    ...both,
    tensor_split: [1, 1],
    overrides: [{ pattern: String.raw`blk\.1\.ffn_(up|down)`, device: 'host' }],
  },
  { devices: ['gpu1'], kv_type_k: 'q8_0', kv_type_v: 'q8_0' },
];

describe.skipIf(missing.length > 0)('the commands of a plan for several devices', () => {
  it.each(requests)('are accepted by llama-bench, which runs the model with them: %j', async (request) => {
    const plan = planFor(request);
    expect(plan.verdict).toBe('ship');
    const { argv } = plan.commands.find(({ tool }) => tool === 'llama-bench')!;
    const { stdout } = await promisify(execFile)(
      'llama-bench',
      [...onStandIns(argv), '-p', '8', '-n', '2', '-r', '1', '-o', 'json'],
      { timeout: 60_000 },
    );
    const [first] = JSON.parse(stdout) as [{ n_gpu_layers: number; no_kv_offload: boolean; devices: string }];
    expect(first.n_gpu_layers).toBe(plan.placement.gpu_layers);
    expect(first.no_kv_offload).toBe(!plan.placement.offload_cache);
    expect(first.devices).toBe(
      plan.placement.devices.map(({ device }) => device.replace('gpu', 'RPC')).join('/'),
    );
  });

  it.each(requests)('are accepted by llama-server, which lays the layers as planned: %j', async (request) => {
    const plan = planFor(request);
    const { argv } = plan.commands.find(({ tool }) => tool === 'llama-server')!;
    const log = await startServer([...onStandIns(argv), '--no-warmup'], 5);
    expect(log).toContain('listening on http');
    const blocks = [...log.matchAll(/layer +(\d+) assigned to device (\S+?),/gu)].map((match) => match[2]!);
    for (const { device, layers } of plan.placement.devices) {
      expect(blocks.filter((name) => name.startsWith(device.replace('gpu', 'RPC')))).toHaveLength(layers);
    }
  });
});
