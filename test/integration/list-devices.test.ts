import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { parseListedDevices } from '../../src/core/reading/listed-devices';
import { listDevices, programIdentity } from '../../src/host/run/list-devices';
import { programOnPath } from '../support/programs';
import { startStandIns, type StandIns } from '../support/stand-ins';

const missing = ['llama-server', 'llama-bench', 'ggml-rpc-server'].filter(
  (name) => programOnPath(name) === null,
);
if (missing.length > 0)
  console.warn(`skipped: devices of a real llama.cpp (${missing.join(', ')} not on PATH)`);

let standIns: StandIns | null = null;
afterAll(() => standIns?.stop());

describe.skipIf(missing.length > 0)('the devices that llama.cpp itself lists', () => {
  it.each(['llama-server', 'llama-bench'])('are read from %s', async (name) => {
    const listed = await listDevices(programOnPath(name)!, new AbortController().signal);
    expect(listed).not.toBeNull();
    expect(await programIdentity(programOnPath(name)!)).toContain('|');
  });

  it('have the names that it takes, servers elsewhere among them', async () => {
    standIns = await startStandIns(2);
    const rpc = ['--rpc', standIns.addresses.join(',')];
    const list = (...argv: readonly string[]): string =>
      execFileSync('llama-server', [...rpc, ...argv, '--list-devices'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const listed = parseListedDevices(list())!;
    const named = listed.filter(({ description }) => standIns!.addresses.includes(description));
    expect(named.map(({ name }) => name)).toEqual(['RPC0', 'RPC1']);
    expect(named[0]!.total_mib).toBeGreaterThan(0);
    const names = named.map(({ name }) => name).join(',');
    expect(() => list('-dev', names)).not.toThrow();
    expect(() => list('-dev', 'RPC7')).toThrow();
  });
});
