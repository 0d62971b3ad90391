/** Bits of an element by the name of its type (safetensors 0.6 `src/tensor.rs: Dtype::bitsize`). */
const bits: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
};

/** Bits of an element of this type; null for a type that does not exist. */
export function bitsOf(dtype: string): number | null {
  return Object.hasOwn(bits, dtype) ? bits[dtype]! : null;
}

/** Whether elements of this type are numbers as they are, not packed by a quantisation. */
export function isPlain(dtype: string): boolean {
  return dtype === 'F16' || dtype === 'BF16' || dtype === 'F32' || dtype === 'F64';
}
