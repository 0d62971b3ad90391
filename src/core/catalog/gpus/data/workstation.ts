import { recalled } from '../../source';
import type { GpuSpec } from '../schema';
import { cardOf, cardWith, type Family, type Row } from './row';
import { listTables } from './sources';

const ampereRows: readonly Row[] = [
  ['rtx-a4000', 'RTX A4000', '2021-04', 16, 448, 4, 16, 19.17, 76.7],
  ['rtx-a4500', 'RTX A4500', '2021-11', 20, 640, 4, 16, 23.66, 94.6],
  ['rtx-a5000', 'RTX A5000', '2021-04', 24, 768, 4, 16, 27.77, 111.1],
  ['rtx-a6000', 'RTX A6000', '2020-10', 48, 768, 4, 16, 38.71, 154.8],
];

const adaRows: readonly Row[] = [
  ['rtx-4000-ada', 'RTX 4000 Ada Generation', '2023-08', 20, 360, 4, 16, 26.73, null],
  ['rtx-5000-ada', 'RTX 5000 Ada Generation', '2023-08', 32, 576, 4, 16, 65.28, null],
  ['rtx-6000-ada', 'RTX 6000 Ada Generation', '2022-12', 48, 960, 4, 16, 91.06, null],
];

const blackwellRows: readonly Row[] = [
  ['rtx-pro-4000', 'RTX PRO 4000 Blackwell', '2025-03', 24, 672, 5, 16, 46.9, null],
  ['rtx-pro-4500', 'RTX PRO 4500 Blackwell', '2025-03', 32, 896, 5, 16, 54.94, null],
  ['rtx-pro-5000', 'RTX PRO 5000 Blackwell', '2025-03', 48, 1344, 5, 16, 73.69, null],
  ['rtx-pro-6000-max-q', 'RTX PRO 6000 Blackwell Max-Q', '2025-03', 96, 1792, 5, 16, 110.1, null],
  ['rtx-pro-6000', 'RTX PRO 6000 Blackwell', '2025-03', 96, 1792, 5, 16, 126, null],
];

const rtx = {
  vendor: 'nvidia',
  class: 'workstation',
  matrixOverFp32: 4,
  nvlink: null,
  source: listTables,
} as const;

const ampere: Family = {
  ...rtx,
  capability: '8.6',
  types: { bf16: 1, int8: 2 },
};
const ada: Family = { ...rtx, capability: '8.9', types: { bf16: 1, fp8: 2, int8: 2 } };
const blackwell: Family = { ...rtx, capability: '12.0', types: { bf16: 1, fp8: 2, fp4: 4, int8: 2 } };

/** NVIDIA's workstation cards, and its small machine with memory in common. */
export const workstationCards: readonly GpuSpec[] = [
  ...ampereRows.map((row) => cardOf(ampere, row)),
  ...adaRows.map((row) => cardOf(ada, row)),
  ...blackwellRows.map((row) => cardOf(blackwell, row)),
  cardWith({
    id: 'gb10',
    name: 'GB10 (DGX Spark)',
    vendor: 'nvidia',
    class: 'workstation',
    released: '2025-10',
    memory_gib: 128,
    bandwidth_gbps: 273,
    unified: true,
    compute_capability: '12.1',
    source: recalled,
  }),
];
