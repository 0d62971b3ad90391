import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type DryRunRow, parseFitParams } from '../../src/core/reading/fit-params';
import { freePort } from '../../src/host/run/free-port';
import { listening, spawnRpcServer, startRpcServer } from './rpc-server';

/** ggml-rpc-servers that stand in for GPUs of a dry run. */
export interface StandIns {
  readonly addresses: readonly string[];
  /** As llama.cpp calls their buffers. */
  readonly names: readonly string[];
  /** What llama-fit-params says with the first so many of them: its stdout; null where it ended with an error. */
  run(devices: number, argv: readonly string[]): Promise<string | null>;
  stop(): void;
}

export async function startStandIns(count: number): Promise<StandIns> {
  const servers: ChildProcess[] = [];
  const addresses: string[] = [];
  let stopped = false;
  /** A stand-in that died with a program it served is there again for the next. */
  const keep = (index: number, address: string, server: ChildProcess): void => {
    servers[index] = server;
    server.once('exit', () => {
      if (!stopped) keep(index, address, spawnRpcServer(address));
    });
  };
  for (let index = 0; index < count; index++) {
    const { process, address } = await startRpcServer();
    keep(index, address, process);
    addresses.push(address);
  }
  return {
    addresses,
    names: addresses.map((address) => `RPC0[${address}]`),
    async run(devices, argv) {
      // first: `-ot` knows only the devices that were named before it
      const rpc = devices === 0 ? [] : ['--rpc', addresses.slice(0, devices).join(',')];
      for (const address of addresses.slice(0, devices)) await listening(address);
      try {
        const { stdout } = await promisify(execFile)('llama-fit-params', [...rpc, ...argv], {
          timeout: 60_000,
          maxBuffer: 2 ** 22,
        });
        return stdout;
      } catch {
        return null;
      }
    },
    stop: () => {
      stopped = true;
      for (const server of servers) server.kill('SIGKILL');
    },
  };
}

/** The rows of a dry run of exactly these arguments; null where it failed. */
export async function dryRun(
  standIns: StandIns,
  devices: number,
  argv: readonly string[],
): Promise<readonly DryRunRow[] | null> {
  const stdout = await standIns.run(devices, [...argv, '-fitp', 'on', '--no-repack']);
  return stdout === null ? null : parseFitParams(stdout);
}

/**
 * The same as llama-server itself reckons before it loads anything: with `--fit on` it prints what the arguments would take, and
 * is ended there. It reserves fewer logits than llama-fit-params does.
 */
export async function serverDryRun(
  standIns: StandIns,
  devices: number,
  argv: readonly string[],
): Promise<readonly DryRunRow[] | null> {
  const rpc = devices === 0 ? [] : ['--rpc', standIns.addresses.slice(0, devices).join(',')];
  const own = [
    '--fit',
    'on',
    '-lv',
    '4',
    '--no-repack',
    '--no-warmup',
    '--offline',
    '--port',
    String(await freePort()),
  ];
  const server = spawn('llama-server', [...rpc, ...argv, ...own], { stdio: ['ignore', 'ignore', 'pipe'] });
  const rows: DryRunRow[] = [];
  try {
    for await (const line of createInterface({ input: server.stderr })) {
      const row = breakdownRow(line);
      if (row !== null) rows.push(row);
      if (row?.name === 'Host') return rows;
    }
    return null;
  } finally {
    server.kill('SIGKILL');
  }
}

/** `|   - NAME | total = free + (self = model + context + compute) + rest |`, without total and rest for the host. */
function breakdownRow(line: string): DryRunRow | null {
  const match = /memory_breakdown_print: \|\s+- (\S+).*= +(\d+) \+ +(\d+) \+ +(\d+)/u.exec(line);
  if (match === null) return null;
  const [, name, model, context, compute] = match;
  return {
    name: name!,
    model_mib: Number(model),
    context_mib: Number(context),
    compute_mib: Number(compute),
  };
}
