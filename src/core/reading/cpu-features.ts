/**
 * Kernel flag → the name a Profile uses, for the instruction sets that llama.cpp chooses kernels by
 * (its ggml/src/ggml-cpu CMake variants: SSE4.2 to AMX on x86, NEON to SME on ARM, RVV, VX). Others are left out.
 */
const FEATURES: Readonly<Record<string, string>> = {
  sse4_2: 'sse4_2',
  ssse3: 'ssse3',
  avx: 'avx',
  f16c: 'f16c',
  fma: 'fma',
  bmi2: 'bmi2',
  avx2: 'avx2',
  avx_vnni: 'avx_vnni',
  avx512f: 'avx512f',
  avx512bw: 'avx512bw',
  avx512cd: 'avx512cd',
  avx512dq: 'avx512dq',
  avx512vl: 'avx512vl',
  avx512vbmi: 'avx512_vbmi',
  avx512_vnni: 'avx512_vnni',
  avx512_bf16: 'avx512_bf16',
  avx512_fp16: 'avx512_fp16',
  amx_tile: 'amx',
  amx_int8: 'amx_int8',
  amx_bf16: 'amx_bf16',
  // 64-bit ARM says asimd, 32-bit ARM says neon.
  asimd: 'neon',
  neon: 'neon',
  asimdhp: 'fp16',
  asimddp: 'dotprod',
  i8mm: 'i8mm',
  bf16: 'bf16',
  sve: 'sve',
  sve2: 'sve2',
  sme: 'sme',
  sme2: 'sme2',
  rv_v: 'rvv',
  zvfh: 'zvfh',
  // s390x
  vx: 'vx',
  vxe: 'vxe',
  vxe2: 'vxe2',
};

/** The features among a kernel's flags, in the order of the table above; each once. */
export function featuresOf(flags: readonly string[]): readonly string[] {
  const present = new Set(flags);
  const names = Object.entries(FEATURES).flatMap(([flag, name]) => (present.has(flag) ? [name] : []));
  return [...new Set(names)];
}
