/** A way to store numbers: `block` elements share `bytes`. */
export interface TensorType {
  /** Number in a GGUF file. */
  readonly id: number;
  /** ggml's own spelling. */
  readonly name: string;
  readonly block: number;
  readonly bytes: number;
}

/**
 * Every type of llama.cpp v0.5.0 (`ggml/include/ggml.h: ggml_type`, `ggml/src/ggml.c: type_traits`, block sizes from
 * `ggml/src/ggml-common.h`): id, name, elements a block, bytes a block. The ids 4, 5, 31 to 33 and 36 to 38 were removed.
 */
const table: readonly (readonly [id: number, name: string, block: number, bytes: number])[] = [
  [0, 'f32', 1, 4],
  [1, 'f16', 1, 2],
  [2, 'q4_0', 32, 18],
  [3, 'q4_1', 32, 20],
  [6, 'q5_0', 32, 22],
  [7, 'q5_1', 32, 24],
  [8, 'q8_0', 32, 34],
  [9, 'q8_1', 32, 36],
  [10, 'q2_K', 256, 84],
  [11, 'q3_K', 256, 110],
  [12, 'q4_K', 256, 144],
  [13, 'q5_K', 256, 176],
  [14, 'q6_K', 256, 210],
  [15, 'q8_K', 256, 292],
  [16, 'iq2_xxs', 256, 66],
  [17, 'iq2_xs', 256, 74],
  [18, 'iq3_xxs', 256, 98],
  [19, 'iq1_s', 256, 50],
  [20, 'iq4_nl', 32, 18],
  [21, 'iq3_s', 256, 110],
  [22, 'iq2_s', 256, 82],
  [23, 'iq4_xs', 256, 136],
  [24, 'i8', 1, 1],
  [25, 'i16', 1, 2],
  [26, 'i32', 1, 4],
  [27, 'i64', 1, 8],
  [28, 'f64', 1, 8],
  [29, 'iq1_m', 256, 56],
  [30, 'bf16', 1, 2],
  [34, 'tq1_0', 256, 54],
  [35, 'tq2_0', 256, 66],
  [39, 'mxfp4', 32, 17],
  [40, 'nvfp4', 64, 36],
  [41, 'q1_0', 128, 18],
  [42, 'q2_0', 64, 18],
];

/** All tensor types, in the order of their ids. */
export const tensorTypes: readonly TensorType[] = table.map(([id, name, block, bytes]) => ({
  id,
  name,
  block,
  bytes,
}));

const byId = new Map(tensorTypes.map((type) => [type.id, type]));
const byName = new Map(tensorTypes.map((type) => [type.name, type]));

/** The type with this number in a GGUF file; null for one that v0.5.0 does not know. */
export function tensorTypeOfId(id: number): TensorType | null {
  return byId.get(id) ?? null;
}

/** The type that ggml calls `name`; null for an unknown name. */
export function tensorTypeNamed(name: string): TensorType | null {
  return byName.get(name) ?? null;
}

/**
 * Bytes of a tensor (innermost dimension first), as `ggml_nbytes` counts a contiguous one. Null for an unknown type, for
 * rows that are not whole blocks, and for sizes that a double cannot hold exactly.
 */
export function bytesOfTensor(type: string, dimensions: readonly number[]): number | null {
  const known = byName.get(type);
  const elements = elementsOf(dimensions);
  if (known === undefined || elements === null) return null;
  if ((dimensions[0] ?? 1) % known.block !== 0) return null;
  const bytes = (elements / known.block) * known.bytes;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Product of the dimensions; null where it is beyond 2^53 or a dimension is no whole number. */
export function elementsOf(dimensions: readonly number[]): number | null {
  let elements = 1;
  for (const dimension of dimensions) {
    elements *= dimension;
    if (!Number.isSafeInteger(elements) || dimension < 0) return null;
  }
  return elements;
}

/** Number of `general.file_type` → label as people write it (llama.cpp v0.5.0 `include/llama.h: llama_ftype`). */
const fileTypes: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4_MOE',
  39: 'NVFP4',
  40: 'Q1_0',
  41: 'Q2_0',
};

/** Label of a `general.file_type` number, e.g. 15 → `Q4_K_M`; null for one that is not known. */
export function quantOfFileType(fileType: number): string | null {
  return Object.hasOwn(fileTypes, fileType) ? fileTypes[fileType]! : null;
}

/** The `general.file_type` number of a label, upper or lower case; null for an unknown label. */
export function fileTypeOfQuant(quant: string): number | null {
  const wanted = quant.toUpperCase();
  const found = Object.entries(fileTypes).find(([, label]) => label === wanted);
  return found ? Number(found[0]) : null;
}
