import { InvalidArgumentError } from 'commander';
import { kvPrecisions, type KvPrecision } from '../../core/catalog/attention/schema';
import { priceSchema, type Price } from '../../core/catalog/gpus/schema';
import {
  cachePolicies,
  type CachePolicy,
  type Contexts,
  type HaMode,
  haModes,
} from '../../core/fleet/schema';
import type { OptionMeta } from '../command';
import { collect, numberFrom, positiveNumber, wholeNumber } from '../option-values';
import { catalogOption } from './catalog';

/** What can be said of a sizing on the command line; the names are those of the sizing that came before. */
export interface FleetOptions {
  readonly model: string;
  readonly server: string;
  readonly storage: string;
  readonly concurrency: number;
  readonly effectiveContext: number;
  readonly kvPrecision?: KvPrecision;
  readonly runtimeOverheadGib?: number;
  readonly kvBudgetRatio?: number;
  readonly peakHeadroomRatio?: number;
  readonly haMode?: HaMode;
  readonly executiveReport?: boolean;
  readonly outputJsonFile?: string;
  readonly outputMarkdownFile?: string;
  readonly outputHtmlFile?: string;
  readonly cachePolicy?: CachePolicy;
  readonly weightsGib?: number;
  readonly tensorParallel?: number;
  readonly reservePerGpuGib?: number;
  readonly contexts?: Contexts;
  readonly price?: Price;
  readonly compare?: readonly string[];
  readonly table?: boolean;
  readonly catalog?: readonly string[];
  readonly modelsFile?: readonly string[];
  readonly serversFile?: readonly string[];
  readonly storageFile?: readonly string[];
}

const MOST_TOKENS = 2 ** 31 - 1;
const tokens = wholeNumber(1, MOST_TOKENS);

export const fleetOptions: readonly OptionMeta[] = [
  { flags: '--model <ref>', description: 'model by name, file or repository' },
  { flags: '--server <name>', description: 'server of the catalog' },
  { flags: '--storage <name>', description: 'storage profile', default: 'profile_default' },
  { flags: '--concurrency <n>', description: 'sessions at a time', parse: wholeNumber(1, 1e9) },
  { flags: '--effective-context <n>', description: 'tokens of a session', parse: tokens },
  { flags: '--kv-precision <type>', description: 'cache; default: the model’s', choices: kvPrecisions },
  {
    flags: '--runtime-overhead-gib <gib>',
    description: 'flat overhead of a node; default: weights are counted, 120 where they are not known',
    parse: numberFrom(0),
  },
  { flags: '--kv-budget-ratio <share>', description: 'share for caches; default: 0.7', parse: share },
  {
    flags: '--peak-headroom-ratio <share>',
    description: 'room for peaks; default: 0.2',
    parse: numberFrom(0),
  },
  {
    flags: '--ha-mode <mode>',
    description: 'spare nodes of the recommended; default: n+1',
    choices: haModes,
  },
  { flags: '--executive-report', description: 'print the report for those who decide' },
  { flags: '--output-json-file <file>', description: 'write the JSON too' },
  { flags: '--output-markdown-file <file>', description: 'write the report in Markdown too' },
  { flags: '--output-html-file <file>', description: 'write the report for those who decide as a page' },
  {
    flags: '--cache-policy <policy>',
    description: 'whose cache is counted; default: window-tokens',
    choices: cachePolicies,
  },
  { flags: '--weights-gib <gib>', description: 'one copy of the weights', parse: positiveNumber },
  {
    flags: '--tensor-parallel <n>',
    description: 'cards of one copy; default: what holds most sessions',
    parse: wholeNumber(1, 10_000),
  },
  { flags: '--reserve-per-gpu-gib <gib>', description: 'beside weights; default: 5', parse: numberFrom(0) },
  { flags: '--contexts <p50,p95,p99>', description: 'lengths instead of one for all', parse: contexts },
  { flags: '--price <amount currency>', description: 'of one server, e.g. "300000 USD"', parse: price },
  { flags: '--compare <server>', description: 'another server beside it; may be repeated', parse: collect },
  { flags: '--table', description: 'recommended nodes over concurrency and context' },
  catalogOption,
  { flags: '--models-file <file>', description: 'as --catalog', parse: collect },
  { flags: '--servers-file <file>', description: 'as --catalog', parse: collect },
  { flags: '--storage-file <file>', description: 'as --catalog', parse: collect },
];

function share(text: string): number {
  const value = positiveNumber(text);
  if (value > 1) throw new InvalidArgumentError('It must be at most 1.');
  return value;
}

function contexts(text: string): Contexts {
  const parts = text.split(',').map((part) => tokens(part.trim()));
  const [p50, p95, p99] = parts;
  if (parts.length !== 3 || p50! > p95! || p95! > p99!) {
    throw new InvalidArgumentError('It must be three lengths that do not fall, e.g. 4000,32000,100000.');
  }
  return { p50: p50!, p95: p95!, p99: p99! };
}

function price(text: string): Price {
  const [amount = '', currency = ''] = text.trim().split(/\s+/u);
  const parsed = priceSchema.safeParse({ amount: numberFrom(0)(amount), currency: currency.toUpperCase() });
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It must be an amount and a currency of three letters, e.g. "300000 USD".');
}
