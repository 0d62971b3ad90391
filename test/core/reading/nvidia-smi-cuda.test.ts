import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCudaVersion } from '../../../src/core/reading/nvidia-smi-cuda';
import { fixtures, read } from './nvidia-smi-captures';

describe('the CUDA version', () => {
  it.each(readdirSync(join(fixtures, 'capabilities')))('is in the table and in -q of %s', (machine) => {
    const version = parseCudaVersion(read('capabilities', machine, 'table.txt'));
    expect(version).toBe(/__610\./.test(machine) ? '13.3' : /__59[01]\./.test(machine) ? '13.1' : '13.2');
    expect(parseCudaVersion(read('capabilities', machine, 'query-head.txt'))).toBe(version);
  });

  it.each(readdirSync(join(fixtures, 'xml')))('is in %s where that names one', (file) => {
    const text = read('xml', file);
    expect(parseCudaVersion(text)).toBe(/<cuda_version>(.*?)</.exec(text)?.[1] ?? null);
  });

  it('is unknown where nvidia-smi does not say', () => {
    expect(parseCudaVersion('| NVIDIA-SMI 390.157    Driver Version: 390.157  |')).toBeNull();
    expect(parseCudaVersion('| Driver Version: 591.86   CUDA Version: ERR! |')).toBeNull();
    expect(parseCudaVersion('')).toBeNull();
  });
});
