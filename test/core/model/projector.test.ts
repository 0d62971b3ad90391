import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodingBytes, imageEncoderOf } from '../../../src/core/model/projector';
import { MIB } from '../../../src/core/units';

interface Row {
  readonly name: string;
  readonly metadata: Readonly<Record<string, number | string>>;
  readonly gated: boolean;
  readonly warmup_image_size: number;
  readonly compute_mib: number;
}

const fixture = new URL('../../fixtures/projectors/llama-server-v0.5.0.json', import.meta.url);
const rows = JSON.parse(readFileSync(fixture, 'utf8')) as readonly Row[];
const gate = ['v.blk.0.ffn_gate.weight'];

function encoderOf({ metadata, gated }: Row) {
  return imageEncoderOf(metadata, gated ? gate : [])!;
}

describe('the buffers of an image encoder', () => {
  it.each(rows)('of $name are at most 1 MiB lower and 16 % higher than llama-server reserves', (row) => {
    const encoder = encoderOf(row);
    const ours = encodingBytes(encoder, encoder.patches_at_start) / MIB;
    expect(ours).toBeGreaterThanOrEqual(row.compute_mib - 1);
    expect(ours).toBeLessThanOrEqual(row.compute_mib * 1.16);
  });

  it.each(rows)('of $name begin with the image that llama-server warms up with', (row) => {
    const { patches_at_start: patches, patch } = encoderOf(row);
    expect(Math.sqrt(patches) * patch).toBe(row.warmup_image_size);
  });

  it('grow with the largest image, and a mask with its square', () => {
    const windowed = encoderOf(rows.find(({ name }) => name === 'qwen25vl')!);
    expect(windowed.most_patches).toBe(16_384);
    expect(encodingBytes(windowed, windowed.most_patches)).toBeGreaterThan(4 * 16_384 ** 2);
  });
});

describe('an encoder', () => {
  const [first] = rows;

  it('of a kind that nobody described is not known', () => {
    expect(imageEncoderOf({ ...first!.metadata, 'clip.projector_type': 'constructor' }, [])).toBeNull();
    expect(imageEncoderOf({}, [])).toBeNull();
  });

  it('without a size, or with one that is none, is not known', () => {
    for (const size of [undefined, 0, -1, 1.5, Infinity, '14']) {
      expect(imageEncoderOf({ ...first!.metadata, 'clip.vision.patch_size': size }, [])).toBeNull();
    }
  });
});
