import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFromGguf } from '../../src/core/model/gguf/model-from-gguf';
import type { Model, Tensor } from '../../src/core/model/schema';
import { planModel } from '../../src/core/plan/plan-model';
import { type Command, type PlanRequest, planRequestSchema } from '../../src/core/plan/schema';
import { MIB } from '../../src/core/units';
import { profileWith } from '../core/plan/profiles';
import { readBytes } from '../core/model/gguf/drive';
import { killServers, startServer } from '../support/llama-server';
import { programOnPath } from '../support/programs';
import { writeTinyGguf } from '../support/tiny-gguf';

const run = promisify(execFile);
const missing = ['llama-server', 'llama-bench'].filter((name) => programOnPath(name) === null);
if (missing.length > 0)
  console.warn(`skipped: emitted commands in llama.cpp (${missing.join(', ')} not on PATH)`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-commands-'));
const path = join(folder, 'a tiny model.gguf');
let model: Model;

beforeAll(() => {
  writeTinyGguf(path);
  model = modelFromGguf(readBytes(readFileSync(path)), 'tiny', path);
});
afterAll(() => {
  killServers();
  rmSync(folder, { recursive: true, force: true });
});

function commandOf(
  tool: Command['tool'],
  request: Partial<PlanRequest>,
  ramGib = 60,
  features = ['avx2'],
): Command {
  const plan = planModel(model, profileWith({ ramGib, features }), planRequestSchema.parse(request));
  return plan.commands.find((command) => command.tool === tool)!;
}

/** A gigabyte of a type that CPUs repack. */
function asLargeAndQuantised(tensor: Tensor): Tensor {
  return { ...tensor, type: 'q4_0', bytes: 2 ** 30 };
}

const requests: readonly Partial<PlanRequest>[] = [
  { threads: 1 },
  { threads: 2, context: 1024, parallel: 2, kv_type_k: 'q8_0', kv_type_v: 'q8_0' },
  { threads: 1, context: 512, flash_attention: false, batch: 256, micro_batch: 64 },
];

describe.skipIf(missing.length > 0)('the commands of a plan, run by llama.cpp itself', () => {
  it.each(requests)('are accepted by llama-bench, which runs the model, with %o', async (request) => {
    const { argv } = commandOf('llama-bench', request);
    const { stdout } = await run('llama-bench', [...argv, '-p', '16', '-n', '4', '-r', '1', '-o', 'json']);
    const [first] = JSON.parse(stdout) as [{ n_gpu_layers: number; type_k: string; n_ubatch: number }];
    expect(first.type_k).toBe(request.kv_type_k ?? 'f16');
    expect(first.n_ubatch).toBe(request.micro_batch ?? 512);
  });

  it.each(requests)(
    'are accepted by llama-server, which allocates what was planned, with %o',
    async (request) => {
      const plan = planModel(model, profileWith(), planRequestSchema.parse(request));
      const { argv } = plan.commands[0]!;
      const log = await startServer(argv);
      const mib = (pattern: RegExp): number => Number(pattern.exec(log)?.[1]);
      const host = plan.memory[0]!;
      expect(mib(/KV buffer size = +([\d.]+) MiB/)).toBeCloseTo(host.context_bytes! / MIB, 1);
      expect(mib(/compute buffer size = +([\d.]+) MiB/)).toBeCloseTo(host.compute_bytes! / MIB, 1);
      expect(log).toContain('listening on http');
    },
  );

  it('leave devices out for both tools where nobody could look for them', async () => {
    const plan = planModel(model, profileWith({ gpus: null }), planRequestSchema.parse({ threads: 1 }));
    const [server, bench] = plan.commands;
    expect(server!.argv.join(' ')).toContain('-dev none');
    expect(await startServer(server!.argv)).toContain('listening on http');
    await run('llama-bench', [...bench!.argv, '-p', '8', '-n', '2', '-r', '1']);
  });

  it('say --no-repack where a second copy would not fit, which llama-server accepts', async () => {
    const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    const repackable = {
      ...model,
      tensors: model.tensors.map(asLargeAndQuantised),
    };
    expect(bytes).toBeGreaterThan(0);
    const plan = planModel(repackable, profileWith({ ramGib: 36 }), planRequestSchema.parse({ threads: 1 }));
    const { argv } = plan.commands[0]!;
    expect(argv).toContain('--no-repack');
    expect(await startServer(argv)).toContain('listening on http');
  });

  it('are refused by llama-bench where they are of llama-server, so that accepting means something', async () => {
    const { argv } = commandOf('llama-server', { threads: 1 });
    await expect(run('llama-bench', argv)).rejects.toThrow(/invalid parameter|Command failed/);
  });
});
