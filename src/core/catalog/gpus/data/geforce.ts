import type { GpuSpec } from '../schema';
import { cardOf, type Family, type Row } from './row';
import { listTables } from './sources';

const pascalRows: readonly Row[] = [
  ['gtx-1080-ti', 'GeForce GTX 1080 Ti', '2017-03', 11, 484, 3, 16, 11.34, null],
];

const turingRows: readonly Row[] = [
  ['rtx-2080-ti', 'GeForce RTX 2080 Ti', '2018-09', 11, 616, 3, 16, 13.45, 107.6],
  ['titan-rtx', 'TITAN RTX', '2018-12', 24, 672, 3, 16, 16.31, 130.5],
];

const ampereRows: readonly Row[] = [
  ['rtx-3060', 'GeForce RTX 3060', '2021-02', 12, 360, 4, 16, 12.74, 51],
  ['rtx-3070', 'GeForce RTX 3070', '2020-10', 8, 448, 4, 16, 20.31, 81.5],
  ['rtx-3080-10gb', 'GeForce RTX 3080 10 GB', '2020-09', 10, 760, 4, 16, 29.77, 119.1],
  ['rtx-3080-ti', 'GeForce RTX 3080 Ti', '2021-06', 12, 912, 4, 16, 34.1, 136.4],
  ['rtx-3090', 'GeForce RTX 3090', '2020-09', 24, 935.8, 4, 16, 35.58, 142.7],
  ['rtx-3090-ti', 'GeForce RTX 3090 Ti', '2022-03', 24, 1008.3, 4, 16, 40, 160.4],
];

const adaRows: readonly Row[] = [
  ['rtx-4060', 'GeForce RTX 4060', '2023-06', 8, 272, 4, 8, 15.1, 60],
  ['rtx-4060-ti-16gb', 'GeForce RTX 4060 Ti 16 GB', '2023-07', 16, 288, 4, 8, 22.1, 88],
  ['rtx-4070', 'GeForce RTX 4070', '2023-04', 12, 504, 4, 16, 29.1, 117],
  ['rtx-4070-super', 'GeForce RTX 4070 SUPER', '2024-01', 12, 504, 4, 16, 35.48, 142],
  ['rtx-4070-ti', 'GeForce RTX 4070 Ti', '2023-01', 12, 504, 4, 16, 40.1, 160],
  ['rtx-4070-ti-super', 'GeForce RTX 4070 Ti SUPER', '2024-01', 16, 672, 4, 16, 44.1, 176],
  ['rtx-4080', 'GeForce RTX 4080', '2022-11', 16, 717, 4, 16, 48.7, 195],
  ['rtx-4080-super', 'GeForce RTX 4080 SUPER', '2024-01', 16, 736, 4, 16, 52.22, 209],
  ['rtx-4090', 'GeForce RTX 4090', '2022-10', 24, 1008, 4, 16, 82.6, 330],
];

const blackwellRows: readonly Row[] = [
  ['rtx-5060', 'GeForce RTX 5060', '2025-05', 8, 448, 5, 8, 19.18, 77],
  ['rtx-5060-ti-16gb', 'GeForce RTX 5060 Ti 16 GB', '2025-04', 16, 448, 5, 8, 23.7, 95],
  ['rtx-5070', 'GeForce RTX 5070', '2025-03', 12, 672, 5, 16, 30.97, 123],
  ['rtx-5070-ti', 'GeForce RTX 5070 Ti', '2025-02', 16, 896, 5, 16, 44.35, 176],
  ['rtx-5080', 'GeForce RTX 5080', '2025-01', 16, 960, 5, 16, 56.28, 225],
  ['rtx-5090', 'GeForce RTX 5090', '2025-01', 32, 1792, 5, 16, 104.8, 419],
];

const geforce = {
  vendor: 'nvidia',
  class: 'consumer',
  matrixOverFp32: null,
  nvlink: null,
  source: listTables,
} as const;

/** Tensor cores of Ampere and later: half the width, twice the speed, with sums in 16 bits. */
const pascal: Family = { ...geforce, capability: '6.1', types: {} };
const turing: Family = { ...geforce, capability: '7.5', types: { int8: 2 } };
const ampere: Family = { ...geforce, capability: '8.6', types: { bf16: 1, int8: 2 } };
const ada: Family = { ...geforce, capability: '8.9', types: { bf16: 1, fp8: 2, int8: 2 } };
const blackwell: Family = { ...geforce, capability: '12.0', types: { bf16: 1, fp8: 2, fp4: 4, int8: 2 } };

/** GeForce cards with 8 GiB and more. */
export const geforceCards: readonly GpuSpec[] = [
  ...pascalRows.map((row) => cardOf(pascal, row)),
  ...turingRows.map((row) => cardOf(turing, row)),
  ...ampereRows.map((row) => cardOf(ampere, row)),
  ...adaRows.map((row) => cardOf(ada, row)),
  ...blackwellRows.map((row) => cardOf(blackwell, row)),
];
