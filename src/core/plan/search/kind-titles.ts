import type { PlacementKind } from './schema';

/** How a report calls a kind. */
export const kindTitles: Readonly<Record<PlacementKind, string>> = {
  'all-on-gpus': 'everything on GPUs',
  'experts-on-host': 'experts of some layers on the host',
  'layers-on-host': 'whole layers on the host',
  'layers-and-experts-on-host': 'layers and all experts on the host',
  'cache-on-host': 'the cache on the host',
  'host-only': 'no GPU',
  'as-asked': 'as asked',
};
