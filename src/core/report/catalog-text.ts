import type { Catalog } from '../catalog/catalog';
import { sourceOfFigure } from '../catalog/gpus/schema';
import { describeSource } from '../catalog/source';
import { catalogEntries } from '../catalog/models';
import { formatInteger, formatParameters, formatUnknown } from './format';
import { DEFAULT_LAYOUT, type Layout } from './layout';
import { renderTable, type Column } from './table';

/** Parts of the catalog by the name they have on the command line. */
export const catalogParts = ['models', 'gpus', 'servers', 'storage', 'attention'] as const;
export type CatalogPart = (typeof catalogParts)[number];

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** What a part is as data: the rows that its table shows. */
export function catalogRows(catalog: Catalog, part: CatalogPart): readonly unknown[] {
  if (part === 'models') return catalogEntries();
  return part === 'attention' ? catalog.models : catalog[part];
}

/** Lines of a table of one part of the catalog, with the source of each row. */
export function catalogText(
  catalog: Catalog,
  part: CatalogPart,
  { room }: Layout = DEFAULT_LAYOUT,
): string[] {
  const { columns, rows } = tables[part](catalog);
  return renderTable(columns, rows, room);
}

interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const tables: Readonly<Record<CatalogPart, (catalog: Catalog) => Table>> = {
  models: () => ({
    columns: [
      left('Name'),
      left('Title'),
      right('Parameters'),
      right('Active'),
      right('Context'),
      left('Released'),
      left('Source'),
    ],
    rows: catalogEntries().map((entry) => [
      entry.name,
      entry.title,
      formatParameters(entry.parameters.total),
      entry.parameters.active === entry.parameters.total ? '–' : formatParameters(entry.parameters.active),
      formatInteger(entry.context_trained),
      entry.released,
      entry.source.verified ? `${entry.source.url}, read ${entry.source.read_at}` : 'recalled, unverified',
    ]),
  }),
  gpus: ({ gpus }) => ({
    columns: [
      left('Id'),
      left('Name'),
      right('GiB'),
      right('GB/s'),
      right('fp16'),
      right('fp8'),
      left('PCIe'),
      right('Link GB/s'),
      left('Source of the memory'),
    ],
    rows: gpus.map((card) => [
      card.id,
      card.name,
      number(card.memory_gib),
      number(card.bandwidth_gbps),
      number(card.compute.fp16),
      number(card.compute.fp8),
      card.pcie === null ? '–' : `${card.pcie.generation} x${card.pcie.lanes}`,
      card.nvlink === null ? '–' : number(card.nvlink.gbps),
      describeSource(sourceOfFigure(card, 'memory_gib')),
    ]),
  }),
  servers: ({ servers }) => ({
    columns: [
      left('Name'),
      right('GPUs'),
      right('GB each'),
      right('GB'),
      right('NVLink TB/s'),
      left('Price'),
      left('Source'),
    ],
    rows: servers.map((server) => [
      server.name,
      String(server.gpus),
      number(server.hbm_per_gpu_gb),
      number(server.total_hbm_gb),
      number(server.nvlink_bandwidth_tbps),
      server.price === null ? '–' : `${formatInteger(server.price.amount)} ${server.price.currency}`,
      describeSource(server.source),
    ]),
  }),
  storage: ({ storage }) => ({
    columns: [
      left('Name'),
      left('Type'),
      right('Read GB/s'),
      right('Read IOPS'),
      right('p99 ms'),
      left('Source'),
    ],
    rows: storage.map((profile) => [
      profile.name,
      profile.type,
      number(profile.throughput_read_gbps),
      number(profile.iops_read),
      number(profile.latency_read_ms_p99),
      describeSource(profile.source),
    ]),
  }),
  attention: ({ models }) => ({
    columns: [
      left('Name'),
      right('Layers'),
      right('KV heads'),
      right('Head'),
      left('Attention'),
      right('Window'),
      right('Context'),
      left('KV'),
    ],
    rows: models.map((model) => [
      model.name,
      String(model.num_layers),
      String(model.num_key_value_heads),
      String(model.head_dim),
      model.attention_pattern,
      number(model.sliding_window),
      formatInteger(model.max_position_embeddings),
      model.default_kv_precision,
    ]),
  }),
};

function number(value: number | null): string {
  if (value === null) return formatUnknown();
  return value >= 10_000 ? formatInteger(value) : String(value);
}
