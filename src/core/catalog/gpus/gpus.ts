import { arcCards, instinctCards, radeonCards } from './data/amd-and-intel';
import { appleChips } from './data/apple';
import { newerDataCentreCards } from './data/data-centre-newer';
import { olderDataCentreCards } from './data/data-centre-older';
import { geforceCards } from './data/geforce';
import { workstationCards } from './data/workstation';
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

/** The card of an id or a name, in any case; null for an unknown one. `among` holds a user's own rows too. */
export function gpuNamed(name: string, among: readonly GpuSpec[] = cards): GpuSpec | null {
  const wanted = name.trim().toLowerCase();
  return (
    among.find(({ id }) => id === wanted) ?? among.find((spec) => spec.name.toLowerCase() === wanted) ?? null
  );
}
