import { arcCards, instinctCards, radeonCards } from './data/amd-and-intel';
import { appleChips } from './data/apple';
import { newerDataCentreCards } from './data/data-centre-newer';
import { olderDataCentreCards } from './data/data-centre-older';
import { geforceCards } from './data/geforce';
import { workstationCards } from './data/workstation';
import { findNamed, type Named } from '../find-named';
import type { GpuSpec } from './schema';

const cards: readonly GpuSpec[] = [
  ...geforceCards,
  ...radeonCards.filter(({ class: kind }) => kind === 'consumer'),
  ...arcCards,
  ...workstationCards,
  ...radeonCards.filter(({ class: kind }) => kind !== 'consumer'),
  ...olderDataCentreCards,
  ...newerDataCentreCards,
  ...instinctCards,
  ...appleChips,
];

/** The cards known by name: consumer, workstation, data centre, Apple. */
export function catalogGpus(): readonly GpuSpec[] {
  return cards;
}

/** What drivers and shops put before a card's name. */
const makersWords: Readonly<Partial<Record<GpuSpec['vendor'], string>>> = {
  nvidia: 'NVIDIA GeForce Tesla Quadro',
  amd: 'AMD Radeon',
  intel: 'Intel',
};

/** The card of an id, a name or words that only it has, or it as the plainest of several; null where there is none such. `among` holds a user's own rows too. */
export function gpuNamed(name: string, among: readonly GpuSpec[] = cards): GpuSpec | null {
  const found = findGpu(name, among);
  return found.kind === 'found' ? found.entry : null;
}

/** The same, with the cards that may be meant where it is unclear which. */
export function findGpu(name: string, among: readonly GpuSpec[]): Named<GpuSpec> {
  return findNamed(name, among, ({ id, name: full, vendor, memory_gib: memory }) => [
    id,
    full,
    `${makersWords[vendor] ?? ''} ${memory} GB`,
  ]);
}
