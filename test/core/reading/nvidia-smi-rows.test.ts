import { describe, expect, it } from 'vitest';
import { type SmiField } from '../../../src/core/reading/nvidia-smi-query';
import { normalBusId, parseCell, parseRows } from '../../../src/core/reading/nvidia-smi-rows';
import { gpusOf } from './nvidia-smi-captures';

describe('a row', () => {
  const fields: readonly SmiField[] = ['index', 'pci.bus_id', 'memory.total', 'name'];

  const said = (cell: string) =>
    gpusOf(`0, 00000000:01:00.0, ${cell}, card`, fields).gpus[0]!.vram_total_mib.provenance.reason;

  it('keeps a comma in the name', () => {
    const { gpus } = gpusOf('0, 00000000:01:00.0, 24576, NVIDIA Stub GPU, Test Edition', fields);
    expect(gpus[0]!.name.value).toBe('NVIDIA Stub GPU, Test Edition');
    expect(gpus[0]!.vram_total_mib.value).toBe(24576);
  });

  it('takes a number only where the whole cell is one', () => {
    for (const cell of ['24576 MiB', '-24576', '2.5e4', '0x6000', '24,576', '', '1'.repeat(20), '0']) {
      const { gpus } = gpusOf(`0, 00000000:01:00.0, ${cell}, card`, fields);
      expect(gpus[0]!.vram_total_mib.value, cell).toBeNull();
    }
  });

  it('keeps what nvidia-smi said in place of a figure', () => {
    expect(said('[N/A]')).toBe('not-supported: [N/A]');
    expect(said('N/A')).toBe('not-supported: N/A');
    expect(said('[Not Supported]')).toBe('not-supported: [Not Supported]');
    expect(said('[Insufficient Permissions]')).toBe('permission: [Insufficient Permissions]');
    expect(said('[GPU is lost]')).toBe('gpu-lost: [GPU is lost]');
    expect(said('ERR!')).toBe('error: ERR!');
    expect(said('[Something new]')).toBe('error: [Something new]');
    expect(said('Not Active')).toBe('malformed: memory.total is "Not Active"');
  });

  it('does not take an error for a card', () => {
    const text =
      'Unable to open display, no cards, none at all, sorry\n0, 00000000:01:00.0, 8192, card\nWARNING: x\n';
    const { rows, strange } = parseRows(text, fields);
    expect(rows).toHaveLength(1);
    expect(strange).toEqual(['Unable to open display, no cards, none at all, sorry', 'WARNING: x']);
  });

  it('strips what 610 adds to a value that it calls deprecated', () => {
    expect(
      parseCell('610.57.04 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]'),
    ).toEqual({
      kind: 'text',
      text: '610.57.04',
    });
  });

  it.each([
    ['00000000:0C:00.0', '0000:0c:00.0'],
    ['0000:0C:00.0', '0000:0c:00.0'],
    ['0000000F:01:00.0', '000f:01:00.0'],
    ['00010000:01:00.0', '10000:01:00.0'],
    ['01:00.0', null],
    ['00000000:01:00.9', null],
  ])('writes the bus id %s as %s', (text, expected) => expect(normalBusId(text)).toBe(expected));

  it('orders cards by their place on the bus, not by the order of the text', () => {
    const text = [
      '0, 00000001:01:00.0, 1, third',
      '1, [N/A], 1, GPU-less',
      '2, 00000000:81:00.0, 2, second',
      '3, 00000000:05:00.0, 3, first',
    ].join('\n');
    const { gpus } = gpusOf(text, fields);
    expect(gpus.map(({ index, name }) => [index, name.value])).toEqual([
      [0, 'first'],
      [1, 'second'],
      [2, 'third'],
      [3, 'GPU-less'],
    ]);
  });
});
