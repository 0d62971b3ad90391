const view = new DataView(new ArrayBuffer(4));

/** The 16-bit float nearest to a small positive or negative number, as bits; what is too large becomes the largest finite one. */
export function halfBits(value: number): number {
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  if (exponent >= 31) return sign | 0x7bff;
  // Below 2^-14 the steps are even, 2^-24 each.
  if (exponent <= 0) return sign | Math.round(Math.abs(value) * 2 ** 24);
  const rounded = ((exponent << 10) | ((bits >>> 13) & 0x3ff)) + ((bits >>> 12) & 1);
  return sign | Math.min(rounded, 0x7bff);
}

/** The upper half of a 32-bit float: what ggml calls bf16. */
export function brainFloatBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint16(0);
}
