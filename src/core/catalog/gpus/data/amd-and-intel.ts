import { recalled } from '../../source';
import type { GpuSpec } from '../schema';
import { cardOf, cardWith, type Family, type Row } from './row';
import { listTables, mi325xPage, mi325xTable, mi355xPage, profTable, rocmSpecs } from './sources';

const radeon = {
  vendor: 'amd',
  class: 'consumer',
  capability: null,
  nvlink: null,
  source: listTables,
} as const;
const rdna2: Family = { ...radeon, types: {}, matrixOverFp32: 2 };
const rdna3: Family = { ...radeon, types: { bf16: 1, int8: 1 }, matrixOverFp32: 2 };

const rdna2Rows: readonly Row[] = [
  ['rx-6800-xt', 'Radeon RX 6800 XT', '2020-11', 16, 512, 4, 16, 20.74, 41.47],
  ['rx-6900-xt', 'Radeon RX 6900 XT', '2020-12', 16, 512, 4, 16, 23.04, 46.08],
];

const rdna3Rows: readonly Row[] = [
  ['rx-7600-xt', 'Radeon RX 7600 XT', '2024-01', 16, 288, 4, 8, 22.57, null],
  ['rx-7700-xt', 'Radeon RX 7700 XT', '2023-09', 12, 432, 4, 16, 35.17, null],
  ['rx-7800-xt', 'Radeon RX 7800 XT', '2023-09', 16, 624, 4, 16, 37.32, null],
  ['rx-7900-gre', 'Radeon RX 7900 GRE', '2023-07', 16, 576, 4, 16, 45.98, null],
  ['rx-7900-xt', 'Radeon RX 7900 XT', '2022-12', 20, 800, 4, 16, 51.61, null],
  ['rx-7900-xtx', 'Radeon RX 7900 XTX', '2022-12', 24, 960, 4, 16, 61.44, null],
];

const rdna4: Family = { ...radeon, types: {}, matrixOverFp32: null, source: recalled };

const rdna4Rows: readonly Row[] = [
  ['rx-9060-xt-16gb', 'Radeon RX 9060 XT 16 GB', '2025-06', 16, 320, 5, 16, 25.6, null],
  ['rx-9070', 'Radeon RX 9070', '2025-03', 16, 640, 5, 16, 36.1, null],
  ['rx-9070-xt', 'Radeon RX 9070 XT', '2025-03', 16, 640, 5, 16, 48.7, null],
];

const gen4 = { generation: 4, lanes: 16 };
const gen5 = { generation: 5, lanes: 16 };
const instinct = { vendor: 'amd', class: 'data-centre', source: listTables } as const;
const FABRIC_4 = { kind: 'Infinity Fabric, seven links', gbps: 896 };
const cdna3 = {
  ...instinct,
  pcie: gen5,
  nvlink: FABRIC_4,
  compute: { fp32: 163.4, fp16: 1307.4, bf16: 1307.4, fp8: 2614.9, int8: 2614.9 },
};

/** Radeon, Radeon PRO and Ryzen. */
export const radeonCards: readonly GpuSpec[] = [
  ...rdna2Rows.map((row) => cardOf(rdna2, row)),
  ...rdna3Rows.map((row) => cardOf(rdna3, row)),
  ...rdna4Rows.map((row) => cardOf(rdna4, row)),
  cardWith({
    id: 'radeon-pro-w7800',
    name: 'Radeon PRO W7800',
    vendor: 'amd',
    class: 'workstation',
    released: '2023-04',
    memory_gib: 32,
    bandwidth_gbps: 576,
    compute: { fp32: 45.25, fp16: 90.5 },
    pcie: gen4,
    source: listTables,
    sources: { bandwidth_gbps: recalled },
  }),
  cardWith({
    id: 'radeon-pro-w7900',
    name: 'Radeon PRO W7900',
    vendor: 'amd',
    class: 'workstation',
    released: '2023-04',
    memory_gib: 48,
    bandwidth_gbps: 864,
    compute: { fp32: 61.32, fp16: 122.6 },
    pcie: gen4,
    source: listTables,
    sources: { bandwidth_gbps: recalled },
  }),
  cardWith({
    id: 'radeon-ai-pro-r9700',
    name: 'Radeon AI PRO R9700',
    vendor: 'amd',
    class: 'workstation',
    released: '2025-07',
    memory_gib: 32,
    bandwidth_gbps: 640,
    pcie: gen5,
    source: recalled,
  }),
  cardWith({
    id: 'ryzen-ai-max-395',
    name: 'Ryzen AI Max+ 395',
    vendor: 'amd',
    class: 'workstation',
    released: '2025-01',
    memory_gib: 128,
    bandwidth_gbps: 256,
    unified: true,
    source: recalled,
  }),
];

/** AMD's data-centre cards. */
export const instinctCards: readonly GpuSpec[] = [
  cardWith({
    ...instinct,
    id: 'mi100',
    name: 'Instinct MI100',
    released: '2020-11',
    memory_gib: 32,
    bandwidth_gbps: 1228.8,
    pcie: gen4,
  }),
  cardWith({
    ...instinct,
    id: 'mi210',
    name: 'Instinct MI210',
    released: '2022-03',
    memory_gib: 64,
    bandwidth_gbps: 1638.4,
    compute: { fp32: 22.63, fp16: 181 },
    pcie: gen4,
  }),
  cardWith({
    ...instinct,
    id: 'mi250x',
    name: 'Instinct MI250X (both halves)',
    released: '2021-11',
    memory_gib: 128,
    bandwidth_gbps: 3276.8,
    compute: { fp32: 47.87, fp16: 383 },
    pcie: gen4,
  }),
  cardWith({
    ...instinct,
    id: 'mi300a',
    name: 'Instinct MI300A',
    released: '2023-12',
    memory_gib: 128,
    bandwidth_gbps: 5300,
    compute: { fp32: 122.6, fp16: 980.6 },
    unified: true,
  }),
  cardWith({
    ...cdna3,
    id: 'mi300x',
    name: 'Instinct MI300X',
    released: '2023-12',
    memory_gib: 192,
    bandwidth_gbps: 5300,
    sources: {
      'compute.bf16': recalled,
      'compute.fp8': recalled,
      'compute.int8': recalled,
      nvlink: recalled,
    },
  }),
  cardWith({
    ...instinct,
    id: 'mi308x',
    name: 'Instinct MI308X',
    memory_gib: 192,
    bandwidth_gbps: 4000,
    compute: { fp16: 115, int8: 230 },
    source: profTable,
  }),
  cardWith({
    ...cdna3,
    id: 'mi325x',
    name: 'Instinct MI325X',
    released: '2024-10',
    memory_gib: 256,
    bandwidth_gbps: 6000,
    source: mi325xPage,
    sources: {
      memory_gib: rocmSpecs,
      compute: mi325xTable,
      'compute.int8': recalled,
      released: mi325xTable,
      nvlink: recalled,
      pcie: recalled,
    },
  }),
  cardWith({
    ...instinct,
    id: 'mi350x',
    name: 'Instinct MI350X',
    released: '2025-06',
    memory_gib: 288,
    bandwidth_gbps: 8000,
    nvlink: { kind: 'Infinity Fabric, seven links', gbps: 1075 },
    pcie: gen5,
    source: rocmSpecs,
    sources: { bandwidth_gbps: recalled, nvlink: recalled, pcie: recalled, released: recalled },
  }),
  cardWith({
    ...instinct,
    id: 'mi355x',
    name: 'Instinct MI355X',
    released: '2025-06',
    memory_gib: 288,
    bandwidth_gbps: 8000,
    nvlink: { kind: 'Infinity Fabric, seven links', gbps: 1075 },
    pcie: gen5,
    compute: { fp16: 2516, bf16: 2516, fp8: 5033, fp4: 10066, int8: 5033 },
    source: mi355xPage,
    sources: { memory_gib: rocmSpecs, compute: recalled, nvlink: recalled, pcie: recalled },
  }),
];

/** Intel's Arc cards. */
export const arcCards: readonly GpuSpec[] = [
  cardWith({
    id: 'arc-a770-16gb',
    name: 'Arc A770 16 GB',
    vendor: 'intel',
    class: 'consumer',
    released: '2022-10',
    memory_gib: 16,
    bandwidth_gbps: 560,
    compute: { fp32: 19.66, fp16: 39.32 },
    pcie: gen4,
    source: listTables,
  }),
  cardWith({
    id: 'arc-b580',
    name: 'Arc B580',
    vendor: 'intel',
    class: 'consumer',
    released: '2024-12',
    memory_gib: 12,
    bandwidth_gbps: 456,
    pcie: { generation: 4, lanes: 8 },
    source: recalled,
  }),
  cardWith({
    id: 'arc-pro-b60',
    name: 'Arc Pro B60',
    vendor: 'intel',
    class: 'workstation',
    released: '2025-05',
    memory_gib: 24,
    bandwidth_gbps: 456,
    pcie: { generation: 5, lanes: 8 },
    source: recalled,
  }),
];
