import { type CatalogSource, recalled } from '../../source';
import type { GpuSpec } from '../schema';
import { cardWith } from './row';
import { appleGuide, appleM1, appleM4, appleStudio } from './sources';

/** Chip, most memory it is sold with, bandwidth in 10^9 bytes a second, and who says so. */
type Chip = readonly [
  name: string,
  released: string,
  memoryGib: number,
  bandwidthGbps: number,
  memory: CatalogSource,
  bandwidth: CatalogSource,
];

const chips: readonly Chip[] = [
  ['M1', '2020-11', 16, 68.25, appleM1, recalled],
  ['M1 Pro', '2021-10', 32, 200, appleM1, appleM1],
  ['M1 Max', '2021-10', 64, 400, appleM1, appleM1],
  ['M1 Ultra', '2022-03', 128, 800, appleM1, appleM1],
  ['M2', '2022-06', 24, 102.4, appleM4, appleM4],
  ['M2 Pro', '2023-01', 32, 204.8, appleM4, appleM4],
  ['M2 Max', '2023-01', 96, 400, recalled, appleGuide],
  ['M2 Ultra', '2023-06', 192, 800, recalled, appleGuide],
  ['M3', '2023-10', 24, 102.4, appleM4, appleM4],
  ['M3 Pro', '2023-10', 36, 153.6, appleM4, appleM4],
  ['M3 Max', '2023-10', 128, 400, recalled, recalled],
  ['M3 Ultra', '2025-03', 512, 819, appleStudio, appleStudio],
  ['M4', '2024-05', 32, 120, appleM4, appleM4],
  ['M4 Pro', '2024-10', 64, 273, appleM4, appleM4],
  ['M4 Max', '2024-10', 128, 546, appleStudio, appleM4],
  ['M5', '2025-10', 32, 153.6, recalled, recalled],
];

/** Apple's chips, with the most memory each is sold with; the system lets a program use about three quarters of it. */
export const appleChips: readonly GpuSpec[] = chips.map(
  ([name, released, memory, bandwidth, memorySource, bandwidthSource]) =>
    cardWith({
      id: `apple-${name.toLowerCase().replace(' ', '-')}`,
      name: `Apple ${name}`,
      vendor: 'apple',
      class: 'apple',
      released,
      memory_gib: memory,
      bandwidth_gbps: bandwidth,
      unified: true,
      source: memorySource,
      sources: { bandwidth_gbps: bandwidthSource, released: recalled },
    }),
);
