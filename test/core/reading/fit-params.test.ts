import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFitParams } from '../../../src/core/reading/fit-params';

function captured(name: string): string {
  return readFileSync(new URL(`../../fixtures/fit-params/${name}`, import.meta.url), 'utf8');
}

describe('what llama-fit-params prints', () => {
  it('is read for a host alone', () => {
    expect(parseFitParams(captured('host-only.txt'))).toEqual([
      { name: 'Host', model_mib: 4685, context_mib: 1024, compute_mib: 266 },
    ]);
  });

  it('is read for several devices, the host last', () => {
    expect(parseFitParams(captured('two-devices.txt'))).toEqual([
      { name: 'RPC0', model_mib: 3095, context_mib: 800, compute_mib: 172 },
      { name: 'RPC1', model_mib: 1307, context_mib: 224, compute_mib: 354 },
      { name: 'Host', model_mib: 281, context_mib: 0, compute_mib: 48 },
    ]);
  });

  it.each(['no-model.txt', 'fitted.txt'])('is nothing where it is no table of memory (%s)', (name) => {
    expect(parseFitParams(captured(name))).toBeNull();
  });

  it('is nothing where it does not end, or ends before the host', () => {
    expect(parseFitParams('')).toBeNull();
    expect(parseFitParams('CUDA0 1 2 3\n')).toBeNull();
    expect(parseFitParams(`${'CUDA0 1 2 3\n'.repeat(1000)}Host 1 2 3\n`)).toBeNull();
  });
});
