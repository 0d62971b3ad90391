import { describe, expect, it } from 'vitest';
import {
  bytesOfTensor,
  elementsOf,
  fileTypeOfQuant,
  quantOfFileType,
  tensorTypeNamed,
  tensorTypeOfId,
  tensorTypes,
} from '../../../src/core/model/tensor-types';

describe('tensor types', () => {
  it('have an id and a name of their own each', () => {
    expect(new Set(tensorTypes.map(({ id }) => id)).size).toBe(tensorTypes.length);
    expect(new Set(tensorTypes.map(({ name }) => name)).size).toBe(tensorTypes.length);
    expect(tensorTypeOfId(12)).toBe(tensorTypeNamed('q4_K'));
    expect(tensorTypeOfId(4)).toBeNull();
    expect(tensorTypeNamed('Q4_K')).toBeNull();
  });

  it.each([
    ['f32', [10], 40],
    ['q4_K', [4096, 2], 4608],
    ['q8_0', [32], 34],
    ['mxfp4', [2880, 2880, 32], 141_004_800],
    ['iq4_nl', [32, 3], 54],
    ['f16', [], 2],
    ['f16', [0, 5], 0],
  ])('%s of %j takes %d bytes', (type, dimensions, bytes) => {
    expect(bytesOfTensor(type, dimensions)).toBe(bytes);
  });

  it('have no size where rows are not whole blocks, the type is unknown or the size cannot be counted', () => {
    expect(bytesOfTensor('q4_K', [128, 2])).toBeNull();
    expect(bytesOfTensor('q9_K', [256])).toBeNull();
    expect(bytesOfTensor('f32', [2 ** 40, 2 ** 12])).toBeNull();
    expect(elementsOf([2 ** 30, 2 ** 30])).toBeNull();
    expect(elementsOf([-1])).toBeNull();
  });

  it('have labels that lead back to their number', () => {
    expect(quantOfFileType(15)).toBe('Q4_K_M');
    expect(fileTypeOfQuant('q4_k_m')).toBe(15);
    expect(quantOfFileType(5)).toBeNull();
    expect(fileTypeOfQuant('Q4_K_XL')).toBeNull();
  });
});
