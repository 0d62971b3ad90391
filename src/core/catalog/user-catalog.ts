import { z } from 'zod';
import { attentionRowSchema, type AttentionRow } from './attention/schema';
import { catalogFaults } from './catalog-faults';
import { gpuSpecSchema, type GpuSpec } from './gpus/schema';
import { readStructuredText, StructuredTextError } from './read-structured-text';
import { serverSpecSchema, type ServerSpec } from './servers/schema';
import { ofUser } from './source';
import { storageSpecSchema, type StorageSpec } from './storage/schema';

/** Rows of the user's own. */
export interface UserCatalog {
  readonly gpus: readonly GpuSpec[];
  readonly servers: readonly ServerSpec[];
  readonly storage: readonly StorageSpec[];
  readonly models: readonly AttentionRow[];
}

/** The text is no catalog; `faults` has a sentence for each thing that is wrong. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  constructor(readonly faults: readonly string[]) {
    super(faults.join(' '));
  }
}

/** Rows of one kind at most: beyond any catalog, and few enough to name every fault. */
const MOST_ROWS = 2000;
/** Faults that are told: a list that is wrong throughout needs no more. */
const MOST_FAULTS = 50;

/** Lists a catalog may have, by the key they stand under; `profiles` is what storage is called in files of the sizing that came before. */
const kinds = {
  gpus: { field: 'gpus', schema: gpuSpecSchema, sourced: true },
  servers: { field: 'servers', schema: serverSpecSchema, sourced: true },
  storage: { field: 'storage', schema: storageSpecSchema, sourced: true },
  profiles: { field: 'storage', schema: storageSpecSchema, sourced: true },
  models: { field: 'models', schema: attentionRowSchema, sourced: false },
} as const;

/**
 * The rows of a catalog in JSON or YAML: a record with any of `gpus`, `servers`, `storage` (or `profiles`) and `models`. Fields that
 * are not known are let through. Throws CatalogError with a sentence for every fault.
 */
export function parseCatalog(text: string): UserCatalog {
  const lists = listsOf(read(text));
  const faults: string[] = [];
  const rows: Record<keyof UserCatalog, unknown[]> = { gpus: [], servers: [], storage: [], models: [] };
  for (const [key, list] of lists) {
    const { field, schema, sourced } = kinds[key];
    for (const [position, row] of list.entries()) {
      const parsed = schema.safeParse(prepared(row, key, sourced));
      if (parsed.success) rows[field].push(parsed.data);
      else faults.push(...sentencesOf(parsed.error, `${key}[${position}]${nameOf(row)}`));
    }
  }
  const catalog = rows as unknown as UserCatalog;
  faults.push(...catalogFaults(catalog));
  if (faults.length > 0) throw new CatalogError(faults.slice(0, MOST_FAULTS));
  return catalog;
}

/** One catalog out of several; throws CatalogError where two have a row of the same name. */
export function joinCatalogs(catalogs: readonly UserCatalog[]): UserCatalog {
  const joined: UserCatalog = {
    gpus: catalogs.flatMap(({ gpus }) => gpus),
    servers: catalogs.flatMap(({ servers }) => servers),
    storage: catalogs.flatMap(({ storage }) => storage),
    models: catalogs.flatMap(({ models }) => models),
  };
  const faults = catalogFaults(joined);
  if (faults.length > 0) throw new CatalogError(faults.slice(0, MOST_FAULTS));
  return joined;
}

/** Built-in rows, with the user's own instead of those of the same name, and behind them the others of the user. */
export function withOwnRows<Row>(
  builtIn: readonly Row[],
  own: readonly Row[],
  nameOfRow: (row: Row) => string,
): readonly Row[] {
  const mine = new Map(own.map((row) => [nameOfRow(row), row]));
  const names = new Set(builtIn.map((row) => nameOfRow(row)));
  return [
    ...builtIn.map((row) => mine.get(nameOfRow(row)) ?? row),
    ...own.filter((row) => !names.has(nameOfRow(row))),
  ];
}

function read(text: string): unknown {
  try {
    return readStructuredText(text);
  } catch (error) {
    if (error instanceof StructuredTextError) throw new CatalogError([error.message]);
    throw error;
  }
}

type Kind = keyof typeof kinds;

function listsOf(value: unknown): readonly (readonly [Kind, readonly unknown[]])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CatalogError(['A catalog is a record with lists named gpus, servers, storage or models.']);
  }
  const known = Object.entries(value).filter((entry): entry is [Kind, unknown] => entry[0] in kinds);
  if (known.length === 0) {
    throw new CatalogError(['It has none of the lists gpus, servers, storage and models.']);
  }
  return known.map(([key, list]) => {
    if (!Array.isArray(list)) throw new CatalogError([`${key} is not a list.`]);
    if (list.length > MOST_ROWS) throw new CatalogError([`${key} has more than ${MOST_ROWS} rows.`]);
    return [key, list as readonly unknown[]] as const;
  });
}

/** A row with what a user may leave out: its source, an id that is its name, and a list of links where we keep one source. */
function prepared(row: unknown, key: Kind, sourced: boolean): unknown {
  if (typeof row !== 'object' || row === null || !sourced) return row;
  const { source, ...rest } = row as Record<string, unknown>;
  const described = typeof source === 'object' && source !== null && !Array.isArray(source);
  const gpu = key === 'gpus' ? { vendor: 'other', class: 'data-centre', name: rest['id'] } : {};
  return { ...gpu, ...rest, source: described ? source : ofUser };
}

function nameOf(row: unknown): string {
  if (typeof row !== 'object' || row === null) return '';
  const { name, id } = row as { name?: unknown; id?: unknown };
  const shown = typeof id === 'string' ? id : name;
  return typeof shown === 'string' ? ` (${shown.slice(0, 60)})` : '';
}

function sentencesOf(error: z.ZodError, where: string): readonly string[] {
  return error.issues.map((issue) => {
    const field = issue.path.join('.');
    return `${where}: ${sentenceOf(field, issue)}`;
  });
}

function sentenceOf(field: string, issue: z.core.$ZodIssue): string {
  if (field === '') return 'it is not a record.';
  if (field === 'memory_gib') return 'memory_gib must be the memory of the card in GiB, above zero.';
  if (field === 'price' || field.startsWith('price.')) {
    return 'price needs an amount and a currency of three letters, e.g. {amount: 300000, currency: USD}.';
  }
  return `${field}: ${issue.message.replace(/^Invalid input: /u, '')}.`;
}
