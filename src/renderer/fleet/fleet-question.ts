import type { Catalog } from '../../core/catalog/catalog';
import type { KvPrecision } from '../../core/catalog/attention/schema';
import { catalogModel } from '../../core/catalog/models';
import { FleetError } from '../../core/fleet/fleet-error';
import { type FleetModel, fleetModelOf, fleetModelOfRow } from '../../core/fleet/fleet-model';
import { type CachePolicy, fleetRequestSchema, type HaMode } from '../../core/fleet/schema';
import { type Fleet, type FleetQuestion, sizeFleet } from '../../core/fleet/size-fleet';

/** What was set on the page. Null: left empty. */
export interface FleetChoice {
  readonly model: string;
  /** What the weights are stored in. */
  readonly quant: string;
  readonly server: string;
  readonly storage: string;
  readonly concurrency: number;
  readonly context: number;
  readonly precision: KvPrecision | null;
  readonly policy: CachePolicy;
  readonly overheadGib: number | null;
  readonly budgetPercent: number;
  readonly headroomPercent: number;
  readonly haMode: HaMode;
  readonly tensorParallel: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly price: number | null;
  readonly currency: string;
  readonly compare: readonly string[];
}

/** The documentation's example. */
export const usualFleet: FleetChoice = {
  model: 'opt-oss-120b',
  quant: 'Q8_0',
  server: 'dgx300',
  storage: 'profile_default',
  concurrency: 1000,
  context: 131072,
  precision: null,
  policy: 'window-tokens',
  overheadGib: null,
  budgetPercent: 70,
  headroomPercent: 20,
  haMode: 'n+1',
  tensorParallel: null,
  p50: null,
  p95: null,
  p99: null,
  price: null,
  currency: 'USD',
  compare: ['dgx-h200', 'dgx-b200', 'mi355x-platform'],
};

export type Sized =
  | { readonly kind: 'sized'; readonly question: FleetQuestion; readonly fleet: Fleet }
  | { readonly kind: 'refused'; readonly message: string; readonly remedy: string };

/** Quantisations to choose from for weights that follow from a config. */
export const fleetQuants = ['F16', 'Q8_0', 'Q6_K', 'Q4_K_M'] as const;

/** Sizes what was set; or says what of it cannot be sized. */
export function sizeChoice(choice: FleetChoice, catalog: Catalog): Sized {
  try {
    const question = questionOf(choice, catalog);
    return { kind: 'sized', question, fleet: sizeFleet(question) };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { kind: 'refused', message: error.message, remedy: error.remedy };
  }
}

function questionOf(choice: FleetChoice, catalog: Catalog): FleetQuestion {
  const server = catalog.servers.find(({ name }) => name === choice.server);
  const storage = catalog.storage.find(({ name }) => name === choice.storage);
  if (server === undefined || storage === undefined) {
    throw new FleetError('The server or the storage is not in the catalog.', 'Choose another.');
  }
  const request = fleetRequestSchema.safeParse({
    concurrency: choice.concurrency,
    effective_context: choice.context,
    kv_precision: choice.precision,
    cache_policy: choice.policy,
    runtime_overhead_gib: choice.overheadGib,
    kv_budget_ratio: choice.budgetPercent / 100,
    peak_headroom_ratio: choice.headroomPercent / 100,
    ha_mode: choice.haMode,
    tensor_parallel: choice.tensorParallel,
    contexts: contextsOf(choice),
  });
  if (!request.success) {
    throw new FleetError(`${request.error.issues[0]!.message}.`, 'Correct the field.');
  }
  const price = choice.price === null ? server.price : { amount: choice.price, currency: choice.currency };
  return { model: modelOf(choice, catalog), server: { ...server, price }, storage, request: request.data };
}

function contextsOf({ p50, p95, p99 }: FleetChoice): { p50: number; p95: number; p99: number } | null {
  return p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 };
}

function modelOf({ model: name, quant }: FleetChoice, catalog: Catalog): FleetModel {
  const row = catalog.models.find((each) => each.name === name);
  if (row !== undefined) return fleetModelOfRow(row);
  const key = `${name} ${quant}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const model = catalogModel(name, quant);
  const described = model === null ? null : fleetModelOf(name, model);
  if (described === null) {
    throw new FleetError(`What ${name} keeps between tokens is not known.`, 'Choose another model.');
  }
  remembered.set(key, described);
  return described;
}

/** Models are made from their configs once: sliders ask for the same one again and again. */
const remembered = new Map<string, FleetModel>();
