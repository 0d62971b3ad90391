import type { AttentionRow } from './attention/schema';
import type { ServerSpec } from './servers/schema';
import type { UserCatalog } from './user-catalog';

/** How far a sum may be from its parts: data sheets round. */
const ROUNDING = 0.01;

/** Rows that are repeated, or that contradict themselves: a sentence for each. */
export function catalogFaults(catalog: UserCatalog): readonly string[] {
  return [
    ...repeated(
      'gpus',
      catalog.gpus.map(({ id }) => id),
    ),
    ...repeated(
      'servers',
      catalog.servers.map(({ name }) => name),
    ),
    ...repeated(
      'storage',
      catalog.storage.map(({ name }) => name),
    ),
    ...repeated(
      'models',
      catalog.models.map(({ name }) => name),
    ),
    ...catalog.servers.flatMap((row) => serverFaults(row)),
    ...catalog.models.flatMap((row) => attentionFaults(row)),
  ];
}

function repeated(kind: string, names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice].map((name) => `${kind}: ${name} is there more than once.`);
}

function serverFaults(row: ServerSpec): readonly string[] {
  const sum = row.gpus * row.hbm_per_gpu_gb;
  if (Math.abs(sum - row.total_hbm_gb) <= ROUNDING * sum) return [];
  return [
    `servers (${row.name}): total_hbm_gb is ${row.total_hbm_gb}, but ${row.gpus} cards of ${row.hbm_per_gpu_gb} GB are ${sum}.`,
  ];
}

function attentionFaults(row: AttentionRow): readonly string[] {
  const where = `models (${row.name})`;
  const faults: string[] = [];
  if (row.attention_pattern !== 'full' && row.sliding_window === null) {
    faults.push(`${where}: attention_pattern is ${row.attention_pattern}, but sliding_window is missing.`);
  }
  if (row.attention_pattern === 'hybrid') {
    const { hybrid_full_layers: full, hybrid_sliding_layers: sliding } = row;
    if (full === null || sliding === null || full + sliding !== row.num_layers) {
      faults.push(
        `${where}: hybrid_full_layers and hybrid_sliding_layers must be there and add up to ${row.num_layers} layers.`,
      );
    }
  }
  return faults;
}
