import { describe, expect, it } from 'vitest';
import { featuresOf } from '../../../src/core/reading/cpu-features';
import { parseCpuInfo } from '../../../src/core/reading/cpu-info';
import { machineCapture } from '../../support/machine-captures';

const featuresIn = (file: string) => featuresOf(parseCpuInfo(machineCapture(file)).flags!);

describe('parseCpuInfo', () => {
  it('reads a guest with two processors', () => {
    const info = parseCpuInfo(machineCapture('guest/cpuinfo'));
    expect(info).toMatchObject({ name: 'AMD EPYC', logicalCores: 2, physicalCores: 2 });
    expect(info.flags).toContain('avx512_vnni');
  });

  it('counts a core with two threads once, and the same core id on two sockets twice', () => {
    expect(parseCpuInfo(machineCapture('constructed/smt-cpuinfo'))).toMatchObject({
      name: 'Intel(R) Xeon(R) Gold 6430',
      logicalCores: 8,
      physicalCores: 4,
    });
  });

  it('does not guess the cores of an ARM machine, whose kernel prints no ids', () => {
    expect(parseCpuInfo(machineCapture('constructed/arm-cpuinfo'))).toMatchObject({
      name: null,
      logicalCores: 4,
      physicalCores: null,
    });
  });

  it('knows nothing of an empty file', () => {
    expect(parseCpuInfo('')).toEqual({ name: null, logicalCores: null, physicalCores: null, flags: null });
  });
});

describe('featuresOf', () => {
  it('names what llama.cpp chooses kernels by, and nothing else', () => {
    expect(featuresIn('guest/cpuinfo')).toEqual(
      'sse4_2 ssse3 avx f16c fma bmi2 avx2 avx512f avx512bw avx512cd avx512dq avx512vl avx512_vbmi avx512_vnni avx512_bf16'.split(
        ' ',
      ),
    );
  });

  it('names AMX', () => {
    expect(featuresIn('constructed/smt-cpuinfo')).toEqual(
      expect.arrayContaining(['avx512_vnni', 'amx', 'amx_int8', 'amx_bf16']),
    );
  });

  it('names NEON, dot products and SVE of ARM', () => {
    expect(featuresIn('constructed/arm-cpuinfo')).toEqual(['neon', 'fp16', 'dotprod', 'i8mm', 'bf16', 'sve']);
  });

  it('finds the vector extension among the letters of a RISC-V name', () => {
    const { flags } = parseCpuInfo(
      'processor\t: 0\nisa\t\t: rv64imafdcv_zicsr_zvfh\nuarch\t\t: sifive,x280\n',
    );
    expect(featuresOf(flags!)).toEqual(['rvv', 'zvfh']);
  });
});
