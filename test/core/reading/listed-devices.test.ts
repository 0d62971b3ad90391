import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseListedDevices } from '../../../src/core/reading/listed-devices';

function fixture(name: string): string {
  return readFileSync(`test/fixtures/listed-devices/${name}.txt`, 'utf8');
}

function namesIn(name: string): readonly string[] {
  return parseListedDevices(fixture(name))!.map((device) => device.name);
}

describe('the list of devices', () => {
  it('of a build without a backend for GPUs is empty, not unknown', () => {
    expect(parseListedDevices(fixture('cpu'))).toEqual([]);
  });

  it('has name, description and memory of each', () => {
    expect(parseListedDevices(fixture('cuda'))![1]).toEqual({
      name: 'CUDA1',
      description: 'NVIDIA GeForce RTX 4090',
      total_mib: 24_080,
      free_mib: 22_910,
    });
  });

  it.each([
    ['both', ['CUDA0', 'Vulkan0', 'Vulkan1']],
    ['rocm', ['ROCm0']],
    ['vulkan', ['Vulkan0', 'Vulkan1']],
    ['sycl', ['SYCL0']],
    ['metal', ['MTL0', 'BLAS']],
  ])('of %s is read whole', (name, expected) => {
    expect(namesIn(name)).toEqual(expected);
  });

  it('keeps brackets that belong to a description', () => {
    const [first] = parseListedDevices(fixture('vulkan'))!;
    expect(first!.description).toBe('AMD Radeon RX 7900 XTX (RADV NAVI31)');
  });

  it('takes an address for the description that it is', () => {
    expect(parseListedDevices(fixture('rpc'))![0]).toMatchObject({
      name: 'RPC0',
      description: '127.0.0.1:50077',
    });
  });

  it('may follow what a driver has to say, with either line end', () => {
    const text = `ggml_cuda_init: found 2 CUDA devices:\r\n${fixture('cuda').replaceAll('\n', '\r\n')}`;
    expect(parseListedDevices(text)).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['an error', 'error: invalid argument: --list-devices\n'],
    ['a heading alone', 'Available devices:\n'],
    ['sizes beyond all memory', 'Available devices:\n  CUDA0: a card (99999999999 MiB, 1 MiB free)\n'],
    [
      'more devices than there can be',
      `Available devices:\n${'  CUDA0: a card (1 MiB, 1 MiB free)\n'.repeat(65)}`,
    ],
  ])('is none in %s', (_, text) => {
    expect(parseListedDevices(text)).toBeNull();
  });
});
